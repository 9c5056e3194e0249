export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

interface DtypeInfo {
  readonly bytes: number;
  readonly array: new (buffer: ArrayBuffer) => TypedArray;
}

export type Dtype =
  | "F16"
  | "BF16"
  | "F32"
  | "F64"
  | "I8"
  | "I16"
  | "I32"
  | "I64"
  | "U8"
  | "U16"
  | "U32"
  | "U64"
  | "BOOL";

/** The number types that are stored, under their names in the safetensors format. 16-bit floats are held as bits. */
export const dtypes: Readonly<Record<Dtype, DtypeInfo>> = {
  F16: { bytes: 2, array: Uint16Array },
  BF16: { bytes: 2, array: Uint16Array },
  F32: { bytes: 4, array: Float32Array },
  F64: { bytes: 8, array: Float64Array },
  I8: { bytes: 1, array: Int8Array },
  I16: { bytes: 2, array: Int16Array },
  I32: { bytes: 4, array: Int32Array },
  I64: { bytes: 8, array: BigInt64Array },
  U8: { bytes: 1, array: Uint8Array },
  U16: { bytes: 2, array: Uint16Array },
  U32: { bytes: 4, array: Uint32Array },
  U64: { bytes: 8, array: BigUint64Array },
  BOOL: { bytes: 1, array: Uint8Array },
};
