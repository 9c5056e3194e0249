import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ForetasteError } from "../../base/errors.ts";
import { type Dtype, dtypes } from "./dtypes.ts";
import { decodeTensors, encodeTensors, type StoredTensor, type Tensors, toFloat32 } from "./safetensors.ts";

const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
const sizeOf = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);

/** A tensor of any dtype whose bits are arbitrary: NaN payloads and -0 must survive. */
const anyTensor: fc.Arbitrary<StoredTensor> = shape.chain((extents) => {
  const count = sizeOf(extents);
  const bits = fc.uint8Array({ minLength: count * 8, maxLength: count * 8 });
  return fc.tuple(bits, fc.constantFrom(...(Object.keys(dtypes) as Dtype[]))).map(([bits64, dtype]) => {
    const { array, bytes } = dtypes[dtype];
    return { dtype, shape: extents, data: new array(bits64.buffer.slice(0, count * bytes)) };
  });
});

const name = fc.string({ unit: "grapheme", maxLength: 8 });
const anyTensors = fc.uniqueArray(fc.tuple(name, anyTensor), { selector: ([key]) => key, maxLength: 6 });

const bitsOf = ({ dtype, shape: extents, data }: StoredTensor) => ({
  dtype,
  extents,
  bits: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
});

const asBits = (tensors: Tensors) =>
  Object.entries(tensors)
    .map(([key, tensor]) => ({ key, ...bitsOf(tensor) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));

test("what is written is read again, bit for bit, whatever the order of the names", () => {
  fc.assert(
    fc.property(anyTensors, (entries) => {
      const tensors = Object.fromEntries(entries);
      const bytes = encodeTensors(tensors);
      expect(asBits(decodeTensors(bytes))).toEqual(asBits(tensors));
      expect(encodeTensors(Object.fromEntries([...entries].reverse()))).toEqual(bytes);
    }),
    { seed: 7, numRuns: 200 },
  );
});

test("the bytes are those of the published format", () => {
  const bytes = encodeTensors({ w: { dtype: "F32", shape: [1, 2], data: Float32Array.of(1, -2) } });
  const header = '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  expect(header).toHaveLength(56);
  const written = Buffer.concat([
    Buffer.from([56, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from(header),
    Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]),
  ]);
  expect(Buffer.from(bytes)).toEqual(written);
});

test("every tensor lies on a multiple of its width, whatever the names", () => {
  const bytes = encodeTensors({
    a: { dtype: "U8", shape: [1], data: Uint8Array.of(1) },
    b: { dtype: "F32", shape: [1], data: Float32Array.of(1) },
    c: { dtype: "F64", shape: [1], data: Float64Array.of(1) },
  });
  const text = Buffer.from(bytes).toString("latin1");
  expect(text).toContain('"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}');
  expect(text).toContain('"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}');
  expect(text).toContain('"a":{"dtype":"U8","shape":[1],"data_offsets":[12,13]}');
  expect(Buffer.from(bytes).readUInt8(0) % 8).toBe(0);
});

/** A file as another writer could have made it. */
function fileOf(header: string, data: readonly number[]): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), Buffer.from(data)]);
}

const row = (dtype: string, extents: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${extents},"data_offsets":${offsets}}`;

test("another writer's file is read: metadata, unaligned header, any order, narrow tensor first", () => {
  const header = `{"__metadata__":{"by":"x"}, "b":${row("I32", "[1]", "[1,5]")},"a":${row("U8", "[1]", "[0,1]")}}`;
  const tensors = decodeTensors(fileOf(header, [9, 1, 0, 0, 0]));
  expect(tensors).toEqual({
    b: { dtype: "I32", shape: [1], data: Int32Array.of(1) },
    a: { dtype: "U8", shape: [1], data: Uint8Array.of(9) },
  });
});

test("the data is a copy: changing the file's bytes changes no tensor", () => {
  const file = Buffer.from(encodeTensors({ w: { dtype: "U8", shape: [1], data: Uint8Array.of(5) } }));
  const { w } = decodeTensors(file);
  file.fill(0);
  expect(w?.data).toEqual(Uint8Array.of(5));
});

const one = row("U8", "[2]", "[0,2]");

test.each([
  ["too short for a length", Buffer.from([1, 2, 3]), "expected at least 8 bytes, got 3"],
  ["a header longer than the file", Buffer.from([99, 0, 0, 0, 0, 0, 0, 0, 1]), "got one of 99 bytes"],
  ["an absurd header", Buffer.alloc(8, 255), "got one of 18446744073709551615 bytes"],
  ["no JSON", fileOf("{oops}", []), "expected a JSON header"],
  [
    "no UTF-8",
    Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0xff])]),
    "expected a JSON header",
  ],
  ["a list", fileOf("[]", []), "expected a JSON object as header"],
  ["a row that is none", fileOf('{"a":null}', []), "expected a dtype of F16"],
  ["another dtype", fileOf(`{"a":${row("F8_E4M3", "[1]", "[0,1]")}}`, [1]), '"F8_E4M3"'],
  ["a dtype of Object", fileOf(`{"a":${row("toString", "[1]", "[0,1]")}}`, [1]), '"toString"'],
  [
    "a negative extent",
    fileOf(`{"a":${row("U8", "[-1]", "[0,1]")}}`, [1]),
    "expected a shape of whole numbers",
  ],
  ["three offsets", fileOf(`{"a":${row("U8", "[1]", "[0,1,2]")}}`, [1]), "expected two offsets"],
  [
    "a size that does not fit",
    fileOf(`{"a":${row("F32", "[2]", "[0,4]")}}`, [0, 0, 0, 0]),
    "expected 8 bytes for F32 [2]",
  ],
  [
    "an overlap",
    fileOf(`{"a":${one},"b":${row("U8", "[2]", "[1,3]")}}`, [1, 2, 3]),
    "expected data from byte 2, got from byte 1",
  ],
  [
    "a gap",
    fileOf(`{"a":${row("U8", "[1]", "[0,1]")},"b":${row("U8", "[1]", "[2,3]")}}`, [1, 2, 3]),
    "expected data from byte 1, got from byte 2",
  ],
  ["cut off", fileOf(`{"a":${one}}`, [1]), "expected 2 bytes of data, got 1"],
  ["something after it", fileOf(`{"a":${one}}`, [1, 2, 3]), "expected 2 bytes of data, got 3"],
])("refused: %s", (_what, file, message) => {
  const decode = () => decodeTensors(file, "w.safetensors");
  expect(decode).toThrow(
    expect.objectContaining({ code: "ARTEFACT", message: expect.stringContaining(message) }),
  );
});

test("data that does not fit its shape or dtype is not written", () => {
  const tensor = (part: Partial<StoredTensor>): Tensors => ({
    w: { dtype: "F32", shape: [2], data: new Float32Array(2), ...part },
  });
  expect(() => encodeTensors(tensor({ shape: [3] }))).toThrow('tensor "w": expected 3 values of F32');
  expect(() => encodeTensors(tensor({ data: new Float64Array(2) }))).toThrow("Float64Array");
  const { w } = tensor({});
  expect(() => encodeTensors({ __metadata__: w as StoredTensor })).toThrow("expected another name");
});

test.each([
  ["F16", Uint16Array.of(0x3e00, 0xc000), [1.5, -2]],
  ["BF16", Uint16Array.of(0x3fc0, 0xc000), [1.5, -2]],
  ["F64", Float64Array.of(0.5, -3), [0.5, -3]],
  ["I64", BigInt64Array.of(-5n, 7n), [-5, 7]],
  ["I8", Int8Array.of(-5, 7), [-5, 7]],
  ["BOOL", Uint8Array.of(1, 0), [1, 0]],
] as const)("numbers of type %s as float32", (dtype, data, expected) => {
  expect(toFloat32({ dtype, shape: [2], data })).toEqual(Float32Array.from(expected));
});

test("a size beyond all memory is refused before anything is made of that size", () => {
  const huge = `[${2 ** 30},${2 ** 30},${2 ** 30}]`;
  expect(() => decodeTensors(fileOf(`{"a":${row("F32", huge, "[0,4]")}}`, [0, 0, 0, 0]))).toThrow("expected");
});

test("whatever happens to a file's bytes, reading it gives tensors or a refusal", () => {
  const whole = encodeTensors({
    weights: { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    rows: { dtype: "I64", shape: [2], data: BigInt64Array.of(1n, 2n) },
    mask: { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) },
  });
  const flip = fc.tuple(fc.nat(whole.length - 1), fc.nat(7));
  const change = fc.record({ keep: fc.nat(2 * whole.length), flips: fc.array(flip, { maxLength: 5 }) });
  const property = fc.property(change, ({ keep, flips }) => {
    const bytes = new Uint8Array(whole.subarray(0, keep));
    for (const [at, bit] of flips) if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    try {
      for (const { shape: extents, data } of Object.values(decodeTensors(bytes)))
        expect(data.length).toBe(sizeOf(extents));
    } catch (error) {
      if (!(error instanceof ForetasteError) || error.code !== "ARTEFACT") throw error;
    }
  });
  fc.assert(property, { seed: 12, numRuns: 3000 });
});
