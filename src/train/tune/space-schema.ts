import { Type } from "typebox";
import { parseWith } from "../../base/schema.ts";
import type { Space } from "../../base/settings.ts";

const closed = { additionalProperties: false };
const ends = { low: Type.Number(), high: Type.Number(), log: Type.Optional(Type.Boolean()) };
const value = Type.Union([Type.Number(), Type.Boolean(), Type.String()]);

const schema = Type.Record(
  Type.String(),
  Type.Union([
    Type.Object({ kind: Type.Literal("number"), ...ends }, closed),
    Type.Object({ kind: Type.Literal("integer"), ...ends }, closed),
    Type.Object({ kind: Type.Literal("choice"), of: Type.Array(value) }, closed),
  ]),
);

/**
 * Ranges of unknown origin, such as a TOML file with
 * `learningRate = { kind = "number", low = 1e-4, high = 1e-1, log = true }`.
 *
 * @throws CONFIG with the path of what is wrong
 */
export function parseSpace(given: unknown, where: string): Space {
  return parseWith(schema, given, { code: "CONFIG", where });
}
