import type { SharedMemory } from "../kernels/web-assembly.ts";

/** Who goes with whom: the partners of row k are `others[offsets[k]]` to before `others[offsets[k + 1]]`. */
export interface Links {
  /** `[rows + 1]` */
  readonly offsets: Int32Array;
  /** `[events]` rows of the other side. */
  readonly others: Int32Array;
}

/** Byte addresses of what one side, users or items, has in the memory. */
export interface SidePlan {
  readonly rows: number;
  /** `[rows, width]`, up to three rows of zeros after them. */
  readonly factors: number;
  readonly offsets: number;
  readonly others: number;
  /** `[rows]` ridge of each row. */
  readonly ridge: number;
}

/** Where everything lies in one memory that threads share; plain data. */
export interface AlsPlan {
  readonly width: number;
  readonly users: SidePlan;
  readonly items: SidePlan;
  /** `[slices, width, width]` sums of outer products over one slice of a side's rows each. */
  readonly grams: number;
  /** `[width, width]` */
  readonly gram: number;
  /** The next piece of work to be taken, an int32. */
  readonly counter: number;
  /** Vectors that a rank computes in, `scratchBytes` each. */
  readonly scratch: number;
  readonly scratchBytes: number;
  readonly bytes: number;
}

/** Into how many parts the sum over all rows is cut: fixed, so that the number of threads does not change a bit. */
export const SLICES = 16;
/** r, p and A p of conjugate gradients. */
const SCRATCH_VECTORS = 3;

/** Lays out factors, links and room to compute for `ranks` threads. */
export function planAls(users: Links, items: Links, width: number, ranks: number): AlsPlan {
  let bytes = 0;
  const place = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 64) * 64;
    return at;
  };
  const side = ({ offsets, others }: Links): SidePlan => {
    const rows = offsets.length - 1;
    return {
      rows,
      factors: place(16 * Math.ceil(rows / 4) * width),
      offsets: place(offsets.byteLength),
      others: place(others.byteLength),
      ridge: place(4 * rows),
    };
  };
  const scratchBytes = 4 * SCRATCH_VECTORS * width;
  return {
    width,
    users: side(users),
    items: side(items),
    grams: place(4 * SLICES * width * width),
    gram: place(4 * width * width),
    counter: place(4),
    scratch: place(ranks * scratchBytes),
    scratchBytes,
    bytes,
  };
}

/** The numbers at one address. */
export function floatsAt(memory: SharedMemory, address: number, count: number): Float32Array {
  return new Float32Array(memory.buffer, address, count);
}

export function intsAt(memory: SharedMemory, address: number, count: number): Int32Array {
  return new Int32Array(memory.buffer, address, count);
}
