import fc from "fast-check";
import { expect, test } from "vitest";
import { packPlain, unpackPlain } from "./plain.ts";

const roundTrip = (value: unknown): unknown => unpackPlain(packPlain(value), "test");

test("typed arrays become tensors named by their path, everything else JSON", () => {
  const { json, tensors } = packPlain({ a: [new Float32Array([1, 2])], b: { c: "x" } });
  expect(json).toBe('{"a":[{"$tensor":"root.a.0"}],"b":{"c":"x"}}');
  expect(tensors).toEqual({ "root.a.0": { dtype: "F32", shape: [2], data: new Float32Array([1, 2]) } });
});

test("what JSON cannot say survives: undefined, NaN, infinities, types, keys that look like ours", () => {
  const value = {
    values: [undefined, "x", null],
    numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.5],
    ints: Int32Array.of(-1, 7),
    doubles: Float64Array.of(Number.NaN, 1e300),
    bytes: Uint8Array.of(255),
    odd: { $tensor: "no", $same: "root", __proto__x: 1 },
    empty: { list: [], array: new Float32Array(0) },
  };
  expect(roundTrip(value)).toStrictEqual(value);
});

test("what is shared is stored once and shared again", () => {
  const table = { ids: ["a", "b"], column: Float64Array.of(1) };
  const value = { first: { table }, second: { table, column: table.column } };
  const { json, tensors } = packPlain(value);
  expect(json.match(/"ids"/g)).toHaveLength(1);
  expect(Object.keys(tensors)).toHaveLength(1);
  const back = roundTrip(value) as typeof value;
  expect(back).toStrictEqual(value);
  expect(back.second.table).toBe(back.first.table);
  expect(back.second.column).toBe(back.first.table.column);
});

test("any JSON value comes back as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(roundTrip(value))).toBe(JSON.stringify(value));
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("an object without a prototype, as parsers make them, is an object", () => {
  expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
});

test("what is not plain is refused with its path; a missing tensor too", () => {
  expect(() => packPlain({ a: { f: () => 1 } })).toThrow("root.a.f: expected plain data, got function");
  expect(() => packPlain({ n: [1n] })).toThrow("root.n.0: expected plain data, got bigint");
  expect(() => packPlain({ m: new Map() })).toThrow("root.m: expected plain data, got Map");
  expect(() => unpackPlain({ json: '{"$tensor":"root.x"}', tensors: {} }, "m.json")).toThrow(
    'm.json: expected "root.x", got nothing',
  );
  expect(() => unpackPlain({ json: "{", tensors: {} }, "m.json")).toThrow("m.json: expected JSON");
});
