import { distance } from "fastest-levenshtein";
import Type from "typebox";
import { check, ForetasteError } from "../base/errors.ts";
import { parseWith } from "../base/schema.ts";
import {
  columnsOf,
  type EventsDescription,
  type FeatureDescription,
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
    kind: oneOf("categorical", "multi", "numeric", "text", "vector", "year"),
    separator: Type.Optional(name),
    strip: Type.Optional(name),
    width: Type.Optional(Type.Integer({ minimum: 1 })),
    from: Type.Optional(Type.Object({ ...fileFields, id: name }, closed)),
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
  const description = parseWith(schema, value, { code: "CONFIG", where }) as SourceDescription;
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
  for (const [key, feature] of Object.entries(description.features))
    checkFeature(feature, `${where}.features.${key}`);
}

/** Options that only one kind has. */
const onlyFor = { separator: "multi", width: "vector", from: "vector" } as const;

function checkFeature(feature: FeatureDescription, where: string): void {
  for (const [option, kind] of Object.entries(onlyFor) as [keyof typeof onlyFor, string][])
    check(feature.kind === kind || feature[option] === undefined, "CONFIG", () => ({
      where: `${where}.${option}`,
      expected: `no ${option}`,
      got: `one for kind "${feature.kind}"`,
      hint: `Only kind "${kind}" has one.`,
    }));
  const { strip, from, column } = feature;
  if (strip !== undefined) checkPattern(strip, `${where}.strip`);
  if (from !== undefined)
    checkFile({ ...from, features: { own: { column, kind: "vector" } } }, `${where}.from`);
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

/** "Did you mean ...?", or nothing when no name is near. */
function suggestion(word: string, known: readonly string[]): { hint?: string } {
  const best = [...known].sort((a, b) => distance(word, a) - distance(word, b))[0];
  return best !== undefined && distance(word, best) <= 3 ? { hint: `Did you mean "${best}"?` } : {};
}
