import { type Dtype, dtypes } from "../../src/tensor/safetensors/dtypes.ts";
import type { Tensors } from "../../src/tensor/safetensors/safetensors.ts";

/** What NumPy cannot hold is left out. */
const known = (Object.keys(dtypes) as Dtype[]).filter((dtype) => dtype !== "BF16");

/** A tensor of every type, of bits that are numbers of every sign. */
export const everyType: Tensors = Object.fromEntries(
  known.map((dtype) => {
    const { array, bytes } = dtypes[dtype];
    const bits = Uint8Array.from({ length: 6 * bytes }, (_, i) =>
      dtype === "BOOL" ? i % 2 : (37 * i + 11) % 120,
    );
    return [`the ${dtype}`, { dtype, shape: [2, 3], data: new array(bits.buffer) }];
  }),
);
