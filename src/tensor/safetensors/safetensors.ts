import { check } from "../../base/errors.ts";
import { fromHalf } from "../half.ts";
import { type Dtype, dtypes, type TypedArray } from "./dtypes.ts";
import { type Entry, metadataKey, parseHeader } from "./header.ts";

/** A named block of numbers: row-major `data` of `shape`. */
export interface StoredTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Tensors by name: what one file holds. */
export type Tensors = Readonly<Record<string, StoredTensor>>;

const bytesBefore = 8;

/** The numbers as little-endian bytes: as they lie in memory on every platform that onnxruntime supports. */
function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function checkTensor(name: string, { dtype, shape, data }: StoredTensor): void {
  check(name !== metadataKey, "SHAPE", () => ({
    where: `tensor "${name}"`,
    expected: "another name",
    got: "the one that safetensors keeps for itself",
  }));
  const count = shape.reduce((product, extent) => product * extent, 1);
  check(data instanceof dtypes[dtype].array && data.length === count, "SHAPE", () => ({
    where: `tensor "${name}"`,
    expected: `${count} values of ${dtype} for the shape [${shape.join(", ")}]`,
    got: `${data.length} values in a ${data.constructor.name}`,
  }));
}

/** Names in the order they are written: wide types first, so that every tensor lies on a multiple of its width. */
function layout(tensors: Tensors): [string, StoredTensor][] {
  const width = ([, tensor]: [string, StoredTensor]): number => dtypes[tensor.dtype].bytes;
  return Object.entries(tensors).sort((a, b) => width(b) - width(a) || (a[0] < b[0] ? -1 : 1));
}

/**
 * Writes tensors in the safetensors format: header length (8 bytes, little-endian), a JSON header padded with spaces to
 * a multiple of 8, the data. Equal tensors give equal bytes, whatever the order of their keys.
 *
 * @throws ForetasteError "SHAPE" when data, dtype and shape of a tensor do not fit each other.
 * @example const bytes = encodeTensors({ w: { dtype: "F32", shape: [2], data: new Float32Array(2) } });
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeTensors(tensors: Tensors): Uint8Array {
  const ordered = layout(tensors);
  let end = 0;
  const entries = ordered.map(([name, tensor]): [string, Entry] => {
    checkTensor(name, tensor);
    const begin = end;
    end += tensor.data.byteLength;
    return [name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const dataStart = bytesBefore + Math.ceil(json.length / bytesBefore) * bytesBefore;
  const out = new Uint8Array(dataStart + end).fill(0x20, 0, dataStart);
  new DataView(out.buffer).setBigUint64(0, BigInt(dataStart - bytesBefore), true);
  out.set(json, bytesBefore);
  let at = dataStart;
  for (const [, { data }] of ordered) {
    out.set(bytesOf(data), at);
    at += data.byteLength;
  }
  return out;
}

/**
 * The numbers of a tensor of any type as float32: what weights of another program become here.
 *
 * @example const { w } = decodeTensors(bytes); const numbers = w && toFloat32(w);
 */
export function toFloat32({ dtype, data }: StoredTensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === "F16") return fromHalf(data as Uint16Array, "float16");
  if (dtype === "BF16") return fromHalf(data as Uint16Array, "bfloat16");
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/**
 * Reads what {@link encodeTensors} (or any other safetensors writer) wrote; the data is copied out of `bytes`.
 *
 * @param where What to call the file in an error.
 * @throws ForetasteError "ARTEFACT" when the header is not one, or says what the data cannot hold.
 * @example const tensors = decodeTensors(await readFile("model.safetensors"));
 */
export function decodeTensors(bytes: Uint8Array, where = "safetensors"): Tensors {
  const { entries, dataStart } = parseHeader(bytes, where);
  const tensors = entries.map(([name, { dtype, shape, data_offsets: offsets }]): [string, StoredTensor] => {
    const [begin, end] = offsets;
    // Not slice(): that of a Buffer copies nothing.
    const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    return [name, { dtype, shape, data: new dtypes[dtype].array(copy.buffer) }];
  });
  return Object.fromEntries(tensors);
}
