import { distance } from "fastest-levenshtein";
import Type from "typebox";
import { Value } from "typebox/value";
import { check, ForetasteError } from "../base/errors.ts";
import {
  columnsOf,
  type EventsDescription,
  type SourceDescription,
  type TableDescription,
} from "./description.ts";

const closed = { additionalProperties: false };
const name = Type.String({ minLength: 1 });
const oneOf = <const T extends readonly string[]>(...values: T) => Type.Enum(values);
const fileFields = {
  file: name,
  format: oneOf("::", "csv", "tsv", "jsonl", "parquet"),
  columns: Type.Optional(Type.Array(name)),
  encoding: Type.Optional(oneOf("utf-8", "latin-1")),
};
const feature = Type.Object(
  {
    column: name,
    kind: oneOf("categorical", "multi", "numeric", "text", "year"),
    separator: Type.Optional(name),
    strip: Type.Optional(name),
  },
  closed,
);
const events = Type.Object(
  {
    ...fileFields,
    user: name,
    item: name,
    value: Type.Optional(name),
    time: Type.Optional(Type.Object({ column: name, unit: oneOf("seconds", "milliseconds", "iso") }, closed)),
  },
  closed,
);
const table = Type.Object({ ...fileFields, id: name, features: Type.Record(Type.String(), feature) }, closed);
const schema = Type.Object(
  {
    name,
    events,
    users: Type.Optional(table),
    items: Type.Optional(table),
    scale: Type.Object({ min: Type.Number(), max: Type.Number(), liked: Type.Number() }, closed),
    missing: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);

/**
 * Checks a description that came from outside (a file, a flag).
 *
 * @param where what to call it in errors, such as the path of the file it stands in
 * @throws ForetasteError CONFIG with the path of the wrong key
 * @example parseDescription(parseToml(text), "mine.toml")
 */
export function parseDescription(value: unknown, where: string): SourceDescription {
  for (const error of Value.Errors(schema, value)) throw schemaError(error, value, where);
  const description = value as SourceDescription;
  const { min, max, liked } = description.scale;
  check(min <= max && liked >= min && liked <= max, "CONFIG", () => ({
    where: `${where}: scale`,
    expected: "min <= liked <= max",
    got: `min ${min}, liked ${liked}, max ${max}`,
  }));
  checkFile(description.events, `${where}: events`);
  for (const key of ["users", "items"] as const) checkTable(description[key], `${where}: ${key}`);
  return description;
}

function checkTable(description: TableDescription | undefined, where: string): void {
  if (description === undefined) return;
  checkFile(description, where);
  for (const [key, { kind, separator, strip }] of Object.entries(description.features)) {
    check(kind === "multi" || separator === undefined, "CONFIG", () => ({
      where: `${where}.features.${key}.separator`,
      expected: "no separator",
      got: `one for kind "${kind}"`,
      hint: 'Only kind "multi" is split.',
    }));
    if (strip !== undefined) checkPattern(strip, `${where}.features.${key}.strip`);
  }
}

function checkFile(description: EventsDescription | TableDescription, where: string): void {
  const { columns } = description;
  if (columns === undefined) return;
  for (const column of columnsOf(description)) {
    check(columns.includes(column), "CONFIG", () => ({
      where: `${where}.columns`,
      expected: `the column "${column}" that is used`,
      got: columns.join(", "),
      ...suggestion(column, columns),
    }));
  }
}

function checkPattern(pattern: string, where: string): void {
  try {
    new RegExp(pattern, "u");
  } catch (cause) {
    throw new ForetasteError("CONFIG", { where, expected: "a regular expression", got: pattern, cause });
  }
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function schemaError(error: SchemaError, value: unknown, where: string): ForetasteError {
  const path = error.instancePath.split("/").slice(1);
  const key = path.join(".");
  if (error.keyword === "boolean") return unknownKey(path, where);
  const place = key === "" ? where : `${where}: ${key}`;
  const got = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], value);
  const params = error.params as Record<string, readonly string[]>;
  const absent = params.requiredProperties?.[0];
  if (absent !== undefined) {
    return new ForetasteError("CONFIG", { where: place, expected: `a key "${absent}"`, got: "none" });
  }
  const allowed = params.allowedValues;
  const expected =
    allowed === undefined ? error.message.replace("must be", "a") : `one of ${allowed.join(", ")}`;
  return new ForetasteError("CONFIG", { where: place, expected, got: JSON.stringify(got) ?? "nothing" });
}

function unknownKey(path: readonly string[], where: string): ForetasteError {
  const key = path.at(-1) ?? "";
  const known = knownKeys(path.slice(0, -1));
  return new ForetasteError("CONFIG", {
    where: `${where}: ${path.join(".")}`,
    expected: `one of ${known.join(", ")}`,
    got: `"${key}"`,
    ...suggestion(key, known),
  });
}

function knownKeys(path: readonly string[]): string[] {
  const [part, second, third] = path;
  if (part === undefined) return Object.keys(schema.properties);
  if (part === "scale") return Object.keys(schema.properties.scale.properties);
  if (part === "events") return second === undefined ? Object.keys(events.properties) : ["column", "unit"];
  return third === undefined ? Object.keys(table.properties) : Object.keys(feature.properties);
}

/** "Did you mean ...?", or nothing when no name is near. */
function suggestion(word: string, known: readonly string[]): { hint?: string } {
  const best = [...known].sort((a, b) => distance(word, a) - distance(word, b))[0];
  return best !== undefined && distance(word, best) <= 3 ? { hint: `Did you mean "${best}"?` } : {};
}
