import type { Scale } from "./dataset.ts";

/** How a file is laid out. `"::"` and `tsv` know no quotes; `csv` follows RFC 4180. */
export type FileFormat = "::" | "csv" | "tsv" | "jsonl" | "parquet";

/** One file of a data set, relative to the data set's folder. A name that ends in `.gz` is unpacked. */
export interface FileDescription {
  readonly file: string;
  readonly format: FileFormat;
  /** Column names of a delimited file without a header; absent when its first line is the header. */
  readonly columns?: readonly string[];
  /** Default utf-8; a row that is not valid utf-8 is dropped and reported. */
  readonly encoding?: "utf-8" | "latin-1";
}

/** How one attribute is made from a column of a file. */
export interface FeatureDescription {
  readonly column: string;
  /**
   * `multi` is split at `separator`; `year` is the last four-digit number in the text, stored as numeric; `vector` is a list
   * of numbers, the same for every row: a list in JSON lines and Parquet, such as `[0.5, -1]` in other files.
   */
  readonly kind: "categorical" | "multi" | "numeric" | "text" | "vector" | "year";
  readonly separator?: string;
  /** Regular expression; its matches are removed first. */
  readonly strip?: string;
  /** Of a `vector`: how many numbers; as many as the first row has unless told. */
  readonly width?: number;
  /** Of a `vector`: the file where its column is, if it is one of its own. */
  readonly from?: JoinedFile;
}

/** A file that has something to say of some of the rows, told by their id. */
export interface JoinedFile extends FileDescription {
  /** Column of the ids. */
  readonly id: string;
}

export interface TimeDescription {
  readonly column: string;
  readonly unit: "seconds" | "milliseconds" | "iso";
}

export interface EventsDescription extends FileDescription {
  readonly user: string;
  readonly item: string;
  /** Absent for implicit feedback: every value is 1. */
  readonly value?: string;
  readonly time?: TimeDescription;
}

export interface TableDescription extends FileDescription {
  readonly id: string;
  readonly features: Readonly<Record<string, FeatureDescription>>;
}

/** Where the users, items and events of a data set are, as data: it can stand in a configuration file. */
export interface SourceDescription {
  readonly name: string;
  readonly events: EventsDescription;
  readonly users?: TableDescription;
  readonly items?: TableDescription;
  readonly scale: Scale;
  /** Cell texts that mean "missing", besides the empty one. */
  readonly missing?: readonly string[];
}

/** The columns a description reads, in order of mention. */
export function columnsOf(description: EventsDescription | TableDescription): string[] {
  const used =
    "user" in description
      ? [description.user, description.item, description.value, description.time?.column]
      : [description.id, ...ownFeatures(description).map(([, feature]) => feature.column)];
  return [...new Set(used.filter((column) => column !== undefined))];
}

/** The features that stand in the table's own file. */
export function ownFeatures({ features }: TableDescription): [name: string, feature: FeatureDescription][] {
  return Object.entries(features).filter(([, { from }]) => from === undefined);
}
