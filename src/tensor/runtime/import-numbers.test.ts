import fc from "fast-check";
import { expect, test } from "vitest";
import { handmade } from "../../../testing/onnx-file.ts";
import { tensorCases } from "../../../testing/tensor-cases/index.ts";
import { inputsLike } from "../../../testing/tensor-literal.ts";
import { ForetasteError } from "../../base/errors.ts";
import { importOnnx } from "../interchange/import.ts";
import { buildGraph } from "../program.ts";
import { readOnnx } from "./import-file.ts";
import { toOnnx } from "./lower.ts";

const read = (tensor: object, external = {}) =>
  readOnnx(handmade({ nodes: [], initialisers: [{ name: "w", ...tensor }], outputs: [] }), external).graph
    .initialisers[0];
const raw = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

test.each([
  ["float", { dataType: 1, floatData: [1.5, -2] }, Float32Array.of(1.5, -2)],
  ["float, raw", { dataType: 1, rawData: raw(Float32Array.of(1.5, -2)) }, Float32Array.of(1.5, -2)],
  ["double", { dataType: 11, doubleData: [0.1, 3] }, Float32Array.of(0.1, 3)],
  ["double, raw", { dataType: 11, rawData: raw(Float64Array.of(0.1, 3)) }, Float32Array.of(0.1, 3)],
  ["int64", { dataType: 7, int64Data: [-3, 5] }, Int32Array.of(-3, 5)],
  ["int64, raw", { dataType: 7, rawData: raw(BigInt64Array.of(-3n, 5n)) }, Int32Array.of(-3, 5)],
  [
    "int64 that means the end",
    { dataType: 7, rawData: raw(BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n))) },
    Int32Array.of(2147483647, -2147483648),
  ],
  ["int32", { dataType: 6, int32Data: [-3, 5] }, Int32Array.of(-3, 5)],
  ["int32, raw", { dataType: 6, rawData: raw(Int32Array.of(-3, 5)) }, Int32Array.of(-3, 5)],
  ["int16, raw", { dataType: 5, rawData: raw(Int16Array.of(-300, 5)) }, Int32Array.of(-300, 5)],
  ["uint16, raw", { dataType: 4, rawData: raw(Uint16Array.of(65535, 5)) }, Int32Array.of(65535, 5)],
  ["int8, raw", { dataType: 3, rawData: raw(Int8Array.of(-3, 5)) }, Int32Array.of(-3, 5)],
  ["uint8, raw", { dataType: 2, rawData: raw(Uint8Array.of(253, 5)) }, Int32Array.of(253, 5)],
  ["uint32, raw", { dataType: 12, rawData: raw(Uint32Array.of(7, 5)) }, Int32Array.of(7, 5)],
  ["uint64", { dataType: 13, uint64Data: [7, 5] }, Int32Array.of(7, 5)],
  ["bool", { dataType: 9, int32Data: [1, 0] }, Uint8Array.of(1, 0)],
  ["bool, raw", { dataType: 9, rawData: Uint8Array.of(1, 0) }, Uint8Array.of(1, 0)],
  // 1.5 and the least subnormal; -2 and 1/3 (0.33325195), from the tables of IEEE 754 half precision.
  ["float16", { dataType: 10, int32Data: [0x3e00, 0x0001] }, Float32Array.of(1.5, 2 ** -24)],
  [
    "float16, raw",
    { dataType: 10, rawData: raw(Uint16Array.of(0xc000, 0x3555)) },
    Float32Array.of(-2, 0.333251953125),
  ],
  [
    "float16, not finite",
    { dataType: 10, rawData: raw(Uint16Array.of(0xfc00, 0x7e00)) },
    Float32Array.of(-Infinity, Number.NaN),
  ],
  ["bfloat16, raw", { dataType: 16, rawData: raw(Uint16Array.of(0x3fc0, 0xc000)) }, Float32Array.of(1.5, -2)],
])("reads %s", (_what, tensor, expected) => {
  expect(read({ dims: [2], ...tensor })?.data).toEqual(expected);
});

test("numbers in a file beside the model are read from where it says", () => {
  const file = Float32Array.of(9, 1, 2);
  const entries = { location: "w.bin", offset: "4", length: "8" };
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  const tensor = { dataType: 1, dims: [2], dataLocation: 1, externalData };
  expect(read(tensor, { "w.bin": raw(file) })?.data).toEqual(Float32Array.of(1, 2));
  expect(() => read(tensor)).toThrow('Pass { externalData: { "w.bin": its bytes } }');
  expect(() => read(tensor, { "w.bin": new Uint8Array(11) })).toThrow("expected bytes 4 to 12");
});

test.each([
  ["too few", { dataType: 1, dims: [3], floatData: [1, 2] }, "expected 3 numbers of float [3], got 2"],
  ["a size beyond all memory", { dataType: 1, dims: [2 ** 40], rawData: new Uint8Array(4) }, "got 1"],
  ["a negative size", { dataType: 1, dims: [-2], floatData: [] }, "float [-2]"],
  ["half a number", { dataType: 1, dims: [1], rawData: new Uint8Array(3) }, "got 0.75"],
  ["texts", { dataType: 8, dims: [1] }, "got ONNX data type 8"],
  [
    "an integer beyond 32 bits",
    { dataType: 7, dims: [1], int64Data: [2 ** 40] },
    "got 1099511627776 of int64",
  ],
])("refuses %s", (_what, tensor, message) => {
  const at = 'initialiser "w"';
  expect(() => read(tensor)).toThrow(
    expect.objectContaining({ code: "ARTEFACT", message: expect.stringContaining(at) }),
  );
  expect(() => read(tensor)).toThrow(message);
});

test("whatever happens to a file's bytes, reading it gives a model or one of our errors", () => {
  const files = tensorCases
    .filter((_, i) => i % 9 === 0)
    .map((row) => {
      const inputs = inputsLike(row.values);
      return toOnnx(buildGraph(inputs, { result: row.build(inputs) }));
    });
  const change = fc.record({
    file: fc.nat(files.length - 1),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
    flips: fc.array(fc.tuple(fc.nat(), fc.nat(7)), { maxLength: 4 }),
  });
  const property = fc.property(change, ({ file, cut, flips }) => {
    const whole = files[file] as Uint8Array;
    const bytes = new Uint8Array(
      whole.subarray(0, cut < 0.5 ? Math.floor(2 * cut * whole.length) : whole.length),
    );
    for (const [at, bit] of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= 1 << bit;
    try {
      importOnnx(bytes);
    } catch (error) {
      if (!(error instanceof ForetasteError) || error.code === "INTERNAL") throw error;
    }
  });
  fc.assert(property, { seed: 11, numRuns: 2000 });
});
