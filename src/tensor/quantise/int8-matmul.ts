import { ForetasteError } from "../../base/errors.ts";
import { reshape } from "../ops/broadcast.ts";
import { matmul } from "../ops/matmul.ts";
import {
  apply,
  type Emitter,
  type Op,
  type ReferenceValue,
  shapeError,
  sizeOf,
  type Tensor,
} from "../tensor.ts";
import { dequantise } from "./dequantise.ts";

/** Least and largest number that a tensor takes. */
export type Range = readonly [least: number, largest: number];

interface Attributes {
  /** Of `x`, measured before; without it every row has its own. */
  readonly range?: Range;
}

const [UINT8, FLOAT, CENTRE] = [2, 1, 128];
/** Rows of zeros stay zeros. */
const SMALLEST = 1e-30;

/** Integers `q` that numbers become, `x = scale q`. */
interface Grid {
  readonly scale: number;
  readonly least: number;
  readonly most: number;
}

/** The 256 points of a range; zero is one of them, so that padding stays exact. */
function rangeGrid([least, largest]: Range): Grid {
  const scale = Math.max(Math.max(largest, 0) - Math.min(least, 0), SMALLEST) / 255;
  const below = Math.round(-Math.min(least, 0) / scale);
  return { scale, least: -below, most: 255 - below };
}

const int8MatmulOp: Op<Attributes> = {
  name: "int8Matmul",
  infer(inputs) {
    const [x, w, scales] = inputs as [Tensor, Tensor, Tensor];
    const [k, n] = w.shape;
    const fits = x.shape.length >= 2 && x.shape.at(-1) === k && w.shape.length === 2;
    if (!fits || scales.shape.join() !== String(n) || x.dtype !== "float32" || w.dtype !== "int8")
      throw shapeError("int8Matmul", inputs, "float32 [..., m, k], int8 [k, n] and scales [n]");
    return { shape: [...x.shape.slice(0, -1), n!], dtype: "float32" };
  },
  /** As if nothing had been rounded (the straight-through estimator, Bengio et al. 2013). */
  vjp(node, cotangent) {
    const [, w, scales] = node.inputs as [Tensor, Tensor, Tensor];
    return [matmul(cotangent, dequantise(w, scales), { transposeB: true }), undefined, undefined];
  },
  reference([x, w, scales], node, out) {
    const [k, n] = w!.shape as [number, number];
    const { range } = node.attributes;
    for (let row = 0; row * k < x!.data.length; row++) {
      const numbers = x!.data.subarray(row * k, (row + 1) * k);
      const grid = range === undefined ? rowGrid(numbers) : rangeGrid(range);
      multiplyRow(toGrid(numbers, grid), w!, out.subarray(row * n, (row + 1) * n));
      for (let j = 0; j < n; j++) out[row * n + j]! *= grid.scale * scales!.data[j]!;
    }
  },
  lower(emit, [x, w, scales], node) {
    const { range } = node.attributes;
    return range === undefined
      ? lowerRows(emit, [x!, w!, scales!])
      : lowerRange(emit, [x!, w!, scales!], range);
  },
  batch(node, [x, w, scales], stacked) {
    if (!stacked[0] || stacked[1] || stacked[2]) {
      const parts = {
        where: "map",
        expected: "weights that all tasks share",
        got: "int8 weights of their own",
      };
      throw new ForetasteError("SHAPE", { ...parts, hint: "Quantise when everything else is done." });
    }
    return int8Matmul(x!, { values: w!, scales: scales! }, node.attributes.range);
  },
};

function rowGrid(numbers: Float64Array): Grid {
  const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), SMALLEST);
  return { scale: largest / 127, least: -127, most: 127 };
}

function toGrid(numbers: Float64Array, { scale, least, most }: Grid): Float64Array {
  return numbers.map((value) => Math.min(Math.max(Math.round(value / scale), least), most));
}

function multiplyRow(integers: Float64Array, w: ReferenceValue, out: Float64Array): void {
  integers.forEach((q, i) => {
    if (q === 0) return;
    for (let j = 0; j < out.length; j++) out[j]! += q * w.data[i * out.length + j]!;
  });
}

/** A scale for every row: `x = s (q - 128)`, `s = max |x| / 127`. */
function lowerRows(emit: Emitter, [x, w, scales]: readonly [string, string, string]): string {
  const largest = emit.node("ReduceMax", [emit.node("Abs", [x]), emit.ints([-1])], { keepdims: 1 });
  const bounded = emit.node("Max", [largest, emit.scalar(SMALLEST)]);
  const steps = emit.node("Mul", [x, emit.node("Div", [emit.scalar(127), bounded])]);
  // What is cut off after adding a half is rounded; all numbers are above zero here.
  const integers = emit.node("Cast", [emit.node("Add", [steps, emit.scalar(CENTRE + 0.5)])], { to: UINT8 });
  const sums = emit.node("MatMulInteger", [integers, w, emit.constant(Uint8Array.of(CENTRE), [], "uint8")]);
  const columns = emit.node("Mul", [emit.node("Cast", [sums], { to: FLOAT }), scales]);
  return emit.node("Mul", [columns, emit.node("Mul", [bounded, emit.scalar(1 / 127)])]);
}

/** One scale for all, known before. */
function lowerRange(emit: Emitter, [x, w, scales]: readonly [string, string, string], range: Range): string {
  const { scale, least } = rangeGrid(range);
  const [step, centre] = [emit.scalar(scale), emit.constant(Uint8Array.of(-least), [], "uint8")];
  const integers = emit.node("QuantizeLinear", [x, step, centre]);
  const sums = emit.node("Cast", [emit.node("MatMulInteger", [integers, w, centre])], { to: FLOAT });
  return emit.node("Mul", [sums, emit.node("Mul", [step, scales])]);
}

/**
 * `x W` in 8-bit integers: `W = q_w * scales` by column, `x` rounded by row as it comes, so that a row's result does not
 * depend on the others, or all by one range. `[..., m, k], int8 [k, n], [n] -> [..., m, n]`
 *
 * (Yao et al. 2022, ZeroQuant, sec. 4.1: by token; Jacob et al. 2018, eq. 7: by range)
 */
export function int8Matmul(
  x: Tensor,
  w: { readonly values: Tensor; readonly scales: Tensor },
  range?: Range,
): Tensor {
  const [lead, k] = [x.shape.slice(0, -1), x.shape.at(-1)!];
  const attributes = range === undefined ? {} : { range };
  const flat = x.shape.length === 2 ? x : reshape(x, [sizeOf(lead), k]);
  const product = apply(int8MatmulOp, [flat, w.values, w.scales], attributes);
  return reshape(product, [...lead, product.shape[1]!]);
}
