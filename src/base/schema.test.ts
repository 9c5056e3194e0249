import { Type } from "typebox";
import { expect, test } from "vitest";
import { mismatches, nearest, parseWith } from "./schema.ts";

const strict = { additionalProperties: false };
const event = Type.Object({ user: Type.String({ minLength: 1, maxLength: 5 }) }, strict);
const schema = Type.Object(
  {
    seed: Type.Integer({ minimum: 0 }),
    rate: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    kind: Type.Optional(Type.Union([Type.Literal("maml"), Type.Literal("bayes-head")])),
    model: Type.Optional(
      Type.Object({ learningRate: Type.Optional(Type.Number({ minimum: 1, maximum: 3 })) }, strict),
    ),
    events: Type.Optional(Type.Union([event, Type.Array(event, { maxItems: 2 })])),
  },
  strict,
);
const said = (value: unknown) =>
  mismatches(schema, value).map(({ where, expected, got, hint }) => [where, expected, got, hint ?? ""]);

test("a fitting value passes unchanged", () => {
  const value = { seed: 1, kind: "maml", model: { learningRate: 2 }, events: [{ user: "ann" }] };
  expect(parseWith(schema, value, { code: "CONFIG", where: "x.toml" })).toBe(value);
  expect(said(value)).toEqual([]);
});

test.each([
  [{}, ["seed", "an integer at least 0", "nothing", ""]],
  [{ seed: "7" }, ["seed", "an integer at least 0", '"7"', ""]],
  [{ seed: 1.5 }, ["seed", "an integer at least 0", "1.5", ""]],
  [{ seed: 1, rate: 0 }, ["rate", "a number above 0 and at most 1", "0", ""]],
  [{ seed: 1, kind: "mmal" }, ["kind", '"maml" or "bayes-head"', '"mmal"', 'Did you mean "maml"?']],
  [
    { seed: 1, model: { learningrate: 2 } },
    ["model.learningrate", "a known key", '"learningrate"', 'Did you mean "learningRate"?'],
  ],
  [{ seed: 1, model: { learningRate: 9 } }, ["model.learningRate", "a number from 1 to 3", "9", ""]],
  [{ seed: 1, model: [] }, ["model", "an object", "a list of 0", ""]],
  [{ seed: 1, events: { user: "" } }, ["events.user", "text of 1 to 5 characters", '""', ""]],
  [{ seed: 1, events: [{ user: "a" }, {}] }, ["events[1].user", "text of 1 to 5 characters", "nothing", ""]],
  [{ seed: 1, events: 4 }, ["events", "an object or a list of at most 2 elements", "4", ""]],
])("%j", (value, expected) => {
  expect(said(value)).toEqual([expected]);
});

test("all mismatches are found, one a place, and a far key lists the known ones", () => {
  expect(said({ wrong: 1, seed: null })).toEqual([
    ["wrong", "a known key", '"wrong"', "Known keys: seed, rate, kind, model, events."],
    ["seed", "an integer at least 0", "null", ""],
  ]);
  expect(said(3)).toEqual([["(top level)", "an object", "3", ""]]);
});

test("parseWith throws the first mismatch with its file and path", () => {
  const parse = () => parseWith(schema, { seed: -1 }, { code: "CONFIG", where: "x.toml" });
  expect(parse).toThrow("x.toml: seed: expected an integer at least 0, got -1.");
  expect(() => parseWith(schema, 1, { code: "CONFIG", where: "x.toml" })).toThrow(
    "x.toml: expected an object, got 1.",
  );
});

test("nearest: other spellings of a word, small slips, and nothing for a stranger", () => {
  expect(nearest("batch_tasks", ["seed", "batchTasks"])).toBe("batchTasks");
  expect(nearest("epoch", ["seed", "epochs"])).toBe("epochs");
  expect(nearest("colour", ["seed", "epochs"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});
