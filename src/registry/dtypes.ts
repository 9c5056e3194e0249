export type TypedArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

interface DtypeInfo {
  readonly bytes: number;
  readonly array: new (buffer: ArrayBuffer) => TypedArray;
}

export type Dtype = "F32" | "F64" | "I32" | "I64" | "U8";

/** The number types that are stored, under their names in the safetensors format. */
export const dtypes: Readonly<Record<Dtype, DtypeInfo>> = {
  F32: { bytes: 4, array: Float32Array },
  F64: { bytes: 8, array: Float64Array },
  I32: { bytes: 4, array: Int32Array },
  I64: { bytes: 8, array: BigInt64Array },
  U8: { bytes: 1, array: Uint8Array },
};
