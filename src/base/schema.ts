import { closest, distance } from "fastest-levenshtein";
import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { type ErrorCode, type ErrorParts, ForetasteError } from "./errors.ts";

/** A JSON schema as it is read for messages. */
interface Node {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

type Failure = ReturnType<typeof Value.Errors>[number];

/**
 * Checks a value of unknown origin against a schema.
 *
 * @throws ForetasteError with `code`, of the first {@link mismatches | mismatch}.
 * @example const config = parseWith(schema, value, { code: "CONFIG", where: "train.toml" });
 */
export function parseWith<S extends TSchema>(
  schema: S,
  value: unknown,
  { code, where }: { readonly code: ErrorCode; readonly where: string },
): Static<S> {
  if (Value.Check(schema, value)) return value;
  const [first] = mismatches(schema, value);
  if (first === undefined) throw new ForetasteError(code, unexplained(where));
  const place = first.where === topLevel ? where : `${where}: ${first.where}`;
  throw new ForetasteError(code, { ...first, where: place });
}

const topLevel = "(top level)";

function unexplained(where: string): ErrorParts {
  return { where, expected: "a value that fits the schema", got: "another one" };
}

/** Everything about `value` that does not fit `schema`, one entry a place; `where` is a path such as `model.epochs`. */
export function mismatches(schema: TSchema, value: unknown): readonly ErrorParts[] {
  const found = new Map<string, ErrorParts>();
  const failures = Value.Errors(schema, value);
  for (const failure of withoutOtherBranches(schema, failures)) {
    for (const parts of explain(schema, value, failure)) {
      if (!found.has(parts.where)) found.set(parts.where, parts);
    }
  }
  return [...found.values()];
}

/** Of a union, only what the branch of the right type says; when no branch is of the right type, the union itself. */
function withoutOtherBranches(schema: TSchema, failures: readonly Failure[]): readonly Failure[] {
  const unions = failures.filter((failure) => failure.keyword === "anyOf");
  let left = failures;
  for (const union of unions) {
    const branchOf = (failure: Failure) => branchName(union.schemaPath, failure.schemaPath);
    const node = at(schema, union.schemaPath);
    const wrong = new Set(
      left
        .filter(({ keyword, instancePath }) => keyword === "type" && instancePath === union.instancePath)
        .map(branchOf),
    );
    const constants = (node.anyOf ?? []).every((branch) => "const" in branch);
    const right = (node.anyOf ?? []).map((_, i) => String(i)).filter((i) => !wrong.has(i));
    const keepBranch = !constants && right.length === 1 ? right[0] : undefined;
    left = left.filter((failure) => {
      const branch = branchOf(failure);
      if (branch !== undefined) return branch === keepBranch;
      return failure !== union || keepBranch === undefined;
    });
  }
  return left;
}

function branchName(union: string, path: string): string | undefined {
  const prefix = `${union}/anyOf/`;
  return path.startsWith(prefix) ? path.slice(prefix.length).split("/", 1)[0] : undefined;
}

function explain(schema: TSchema, value: unknown, failure: Failure): ErrorParts[] {
  const node = at(schema, failure.schemaPath);
  const here = segments(failure.instancePath);
  if (failure.keyword === "boolean") return [];
  if (failure.keyword === "additionalProperties") {
    return failure.params.additionalProperties.map((key) => unknownKey(node, here, key));
  }
  if (failure.keyword === "required") {
    return failure.params.requiredProperties.map((key) => ({
      where: pathText([...here, key]),
      expected: describeSchema(node.properties?.[key] ?? {}),
      got: "nothing",
    }));
  }
  const found = follow(value, here);
  const near = typeof found === "string" ? nearest(found, constantsOf(node)) : undefined;
  const hint = near === undefined ? {} : { hint: `Did you mean "${near}"?` };
  return [{ where: pathText(here), expected: describeSchema(node), got: describeValue(found), ...hint }];
}

function constantsOf(node: Node): string[] {
  const constants = node.enum ?? (node.anyOf ?? [node]).map((branch) => branch.const);
  return constants.filter((constant) => typeof constant === "string");
}

function unknownKey(node: Node, here: readonly string[], key: string): ErrorParts {
  const known = Object.keys(node.properties ?? {});
  const near = nearest(key, known);
  return {
    where: pathText([...here, key]),
    expected: "a known key",
    got: `"${key}"`,
    hint: near === undefined ? `Known keys: ${known.join(", ")}.` : `Did you mean "${near}"?`,
  };
}

/** The word of `known` that `word` was probably meant to be, if one is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
  const same = known.find((name) => plain(name) === plain(word));
  if (same !== undefined) return same;
  const near = closest(word, known);
  return distance(word, near) <= Math.max(word.length < 4 ? 1 : 2, word.length / 3) ? near : undefined;
}

/** What a schema asks for, in words: `an integer from 1 to 100`. */
function describeSchema(node: Node): string {
  if ("const" in node) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((one) => JSON.stringify(one)).join(" or ");
  if (node.anyOf !== undefined) return node.anyOf.map(describeSchema).join(" or ");
  if (node.type === "array") return `a list${range(node.minItems, node.maxItems, " of ", " elements")}`;
  if (node.type === "string") return `text${range(node.minLength, node.maxLength, " of ", " characters")}`;
  if (node.type === "object") return "an object";
  if (node.type === "boolean") return "true or false";
  if (node.type !== "number" && node.type !== "integer") return "another value";
  const noun = node.type === "integer" ? "an integer" : "a number";
  if (node.exclusiveMinimum !== undefined) {
    return `${noun} above ${node.exclusiveMinimum}${node.maximum === undefined ? "" : ` and at most ${node.maximum}`}`;
  }
  const both = node.minimum !== undefined && node.maximum !== undefined;
  return `${noun}${range(node.minimum, node.maximum, both ? " from " : " ", "")}`;
}

function range(low: number | undefined, high: number | undefined, before: string, unit: string): string {
  if (low === undefined && high === undefined) return "";
  if (high === undefined) return `${before}at least ${low}${unit}`;
  return low === undefined ? `${before}at most ${high}${unit}` : `${before}${low} to ${high}${unit}`;
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function at(schema: TSchema, pointer: string): Node {
  return follow(schema, segments(pointer.replace(/^#/, ""))) ?? {};
}

function segments(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function follow(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}

function pathText(path: readonly string[]): string {
  const text = path.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join("");
  return text === "" ? topLevel : text.replace(/^\./, "");
}
