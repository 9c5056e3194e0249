import type { Graph } from "./backend.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** What a run of a program costs, counted from shapes. */
export interface Cost {
  /** Floating-point operations: `2 m k n` for a matrix product, one for each element of everything else. */
  readonly flops: number;
  /** Bytes read and written if every node reads its operands from memory and writes its result there. */
  readonly bytes: number;
}

const BYTES = { float32: 4, int32: 4, bool: 1, int8: 1 } as const;

/** They name numbers that are there already: nothing is computed and nothing is copied. */
const FREE: ReadonlySet<string> = new Set(["input", "constant", "reshape", "stopGradient"]);

/** They copy and compute nothing. */
const COPIES: ReadonlySet<string> = new Set("expand transpose slice pad concat gather".split(" "));

/** Operators that touch every element of their operand once. */
const REDUCTIONS: ReadonlySet<string> = new Set(["sum", "max", "min", "scatterAdd"]);

/**
 * Counts floating-point operations and bytes of a program as it will run, that is after simplification.
 *
 * @example
 * const { flops, bytes } = costOf(program.graph);
 * const intensity = flops / bytes; // operations for each byte moved
 */
export function costOf(graph: Graph): Cost {
  const costs = graph.nodes.map(nodeCost);
  return {
    flops: costs.reduce((total, { flops }) => total + flops, 0),
    bytes: costs.reduce((total, { bytes }) => total + bytes, 0),
  };
}

/** The cost of one node. */
export function nodeCost(node: Tensor): Cost {
  if (FREE.has(node.op.name)) return { flops: 0, bytes: 0 };
  const bytes = [...node.inputs, node].reduce((total, x) => total + sizeOf(x.shape) * BYTES[x.dtype], 0);
  return { flops: flopsOf(node), bytes };
}

function flopsOf(node: Tensor): number {
  const size = sizeOf(node.shape);
  const [x] = node.inputs;
  if (COPIES.has(node.op.name) || x === undefined) return 0;
  if (REDUCTIONS.has(node.op.name)) return sizeOf(x.shape);
  if (node.op.name === "matmul") {
    const { transposeA } = node.attributes as { readonly transposeA: boolean };
    return 2 * size * x.shape.at(transposeA ? -2 : -1)!;
  }
  if (node.op.name === "int8Matmul") return 2 * size * x.shape.at(-1)!;
  if (node.op.name === "inverseSpd") return 2 * size * x.shape.at(-1)!;
  return size;
}
