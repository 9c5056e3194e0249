import { ForetasteError } from "../../base/errors.ts";
import { fromHalf } from "../half.ts";
import { type DType, formatShape, type HostArray, type Shape, sizeOf } from "../tensor.ts";
import type { TensorProto } from "./import-messages.ts";

/** The numbers of a tensor in an ONNX file, as one of our dtypes. */
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: HostArray;
}

interface ElementType {
  readonly name: string;
  readonly dtype: DType;
  readonly bytes: number;
  /** One element of the raw bytes, little-endian. */
  readonly read: (view: DataView, at: number) => number;
  /** Where the numbers are that do not come as raw bytes. */
  readonly field: "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";
  /** What an entry of that field says; the number itself otherwise. */
  readonly decode?: (entry: number) => number;
}

const halfToNumber = (bits: number): number => fromHalf(Uint16Array.of(bits), "float16")[0]!;
const brainToNumber = (bits: number): number => fromHalf(Uint16Array.of(bits), "bfloat16")[0]!;

/** By the numbers of `TensorProto.DataType`. 64-bit integers become int32, other floats float32. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  1: type("float", "float32", 4, "floatData", (v, at) => v.getFloat32(at, true)),
  2: type("uint8", "int32", 1, "int32Data", (v, at) => v.getUint8(at)),
  3: type("int8", "int32", 1, "int32Data", (v, at) => v.getInt8(at)),
  4: type("uint16", "int32", 2, "int32Data", (v, at) => v.getUint16(at, true)),
  5: type("int16", "int32", 2, "int32Data", (v, at) => v.getInt16(at, true)),
  6: type("int32", "int32", 4, "int32Data", (v, at) => v.getInt32(at, true)),
  7: type("int64", "int32", 8, "int64Data", (v, at) => Number(v.getBigInt64(at, true))),
  9: type("bool", "bool", 1, "int32Data", (v, at) => Number(v.getUint8(at) !== 0)),
  10: {
    ...type("float16", "float32", 2, "int32Data", (v, at) => halfToNumber(v.getUint16(at, true))),
    decode: halfToNumber,
  },
  11: type("double", "float32", 8, "doubleData", (v, at) => v.getFloat64(at, true)),
  12: type("uint32", "int32", 4, "uint64Data", (v, at) => v.getUint32(at, true)),
  13: type("uint64", "int32", 8, "uint64Data", (v, at) => Number(v.getBigUint64(at, true))),
  16: {
    ...type("bfloat16", "float32", 2, "int32Data", (v, at) => brainToNumber(v.getUint16(at, true))),
    decode: brainToNumber,
  },
};

function type(
  name: string,
  dtype: DType,
  bytes: number,
  ...[field, read]: [ElementType["field"], ElementType["read"]]
): ElementType {
  return { name, dtype, bytes, field, read };
}

/**
 * Our dtype for a type number of the file.
 *
 * @throws ARTEFACT for strings, complex and 8-bit floating point numbers
 */
export function dtypeOf(dataType: number | undefined, where: string): DType {
  return elementType(dataType, where).dtype;
}

function elementType(dataType: number | undefined, where: string): ElementType {
  const found = dataType === undefined ? undefined : elementTypes[dataType];
  if (found !== undefined) return found;
  const expected = `numbers of type ${Object.values(elementTypes)
    .map(({ name }) => name)
    .join(", ")}`;
  throw new ForetasteError("ARTEFACT", { where, expected, got: `ONNX data type ${dataType ?? "none"}` });
}

/** Bytes that lie in files beside the model, by location. */
export type ExternalData = Readonly<Record<string, Uint8Array>>;

/** Reads numbers, however they are stored. @throws ARTEFACT where they do not fit their shape or our dtype */
export function readTensor(proto: TensorProto, external: ExternalData, where: string): OnnxTensor {
  const type = elementType(proto.dataType, where);
  const shape = proto.dims;
  const count = sizeOf(shape);
  const raw = proto.dataLocation === 1 ? externalBytes(proto, external, where) : proto.rawData;
  const entries = proto[type.field];
  const got = raw === undefined || (raw.length === 0 && count > 0) ? entries.length : raw.length / type.bytes;
  if (!shape.every((n) => Number.isInteger(n) && n >= 0) || got !== count) {
    const expected = `${count} numbers of ${type.name} ${formatShape(shape)}`;
    throw new ForetasteError("ARTEFACT", { where, expected, got: String(got), hint: "The file is corrupt." });
  }
  const data =
    got > 0 && raw !== undefined && raw.length > 0 ? fromBytes(raw, type, count) : fromEntries(entries, type);
  return { name: proto.name ?? "", dtype: type.dtype, shape, data: checkedRange(data, type, where) };
}

function fromBytes(raw: Uint8Array, type: ElementType, count: number): Float32Array | Float64Array {
  if (type.name === "float") {
    // A copy, because a view must start at a multiple of four. Not slice(): that of a Buffer copies nothing.
    return new Float32Array(new Uint8Array(raw).buffer, 0, count);
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Float64Array.from({ length: count }, (_, i) => type.read(view, i * type.bytes));
}

function fromEntries(entries: readonly number[], { decode = (x) => x }: ElementType): Float64Array {
  return Float64Array.from(entries, (entry) => decode(entry));
}

/** From here on an integer means "to the end" (as in the ends of a slice), not itself. */
const TO_THE_END = 2 ** 62;
const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

function checkedRange(
  data: Float32Array | Float64Array,
  { dtype, name }: ElementType,
  where: string,
): HostArray {
  if (dtype === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
  if (dtype === "bool") return Uint8Array.from(data);
  const bad = data.find((x) => (x < LEAST || x > MOST) && Math.abs(x) < TO_THE_END);
  if (bad !== undefined) {
    const expected = "integers that fit into 32 bits";
    throw new ForetasteError("ARTEFACT", { where, expected, got: `${bad} of ${name}` });
  }
  return Int32Array.from(data, (x) => Math.min(Math.max(x, LEAST), MOST));
}

function externalBytes({ externalData }: TensorProto, external: ExternalData, where: string): Uint8Array {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  const file = Object.hasOwn(external, location) ? external[location] : undefined;
  const hint = `Pass { externalData: { ${JSON.stringify(location)}: its bytes } }.`;
  if (file === undefined) {
    const expected = `the bytes of the file "${location}" beside the model`;
    throw new ForetasteError("ARTEFACT", { where, expected, got: "nothing", hint });
  }
  const start = Number(entries.get("offset") ?? 0);
  const end = start + Number(entries.get("length") ?? file.length - start);
  if (start >= 0 && start <= end && end <= file.length) return file.subarray(start, end);
  const expected = `bytes ${start} to ${end} of "${location}"`;
  throw new ForetasteError("ARTEFACT", { where, expected, got: `a file of ${file.length} bytes` });
}
