import { ForetasteError } from "../../base/errors.ts";
import { topological } from "../grad.ts";
import { gather } from "../ops/gather.ts";
import type { MatmulOptions } from "../ops/matmul.ts";
import { replace } from "../simplify/replace.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import { dequantise } from "./dequantise.ts";
import { int8Matmul, type Range } from "./int8-matmul.ts";
import { type Rounded, roundTable, roundWeight, tableOf, weightKey, weightOf } from "./weights.ts";

/** Ranges of what is multiplied with weights, by weight: see `calibrate`. JSON. */
export type Ranges = Readonly<Record<string, Range>>;

/** How a program is brought to 8-bit integers. */
export interface QuantiseOptions {
  /**
   * How what meets a weight is rounded: each row by its own largest number, as it comes (`"dynamic"`), or by ranges that
   * were measured before (`calibrate`): faster, and less exact.
   */
  readonly activations: "dynamic" | Ranges;
}

/**
 * Products with constant matrices in 8-bit integers, and rows of constant tables out of 8-bit ones; weights have a scale
 * for each column, tables for each row. Weights that come in 8 bits (`dequantise`) need not be constant. Everything else,
 * and what has less than 1,024 numbers, stays float32.
 *
 * @throws CONFIG when a weight has no range
 */
export function quantiseTensors(outputs: readonly Tensor[], options: QuantiseOptions): Tensor[] {
  const rounded = new Map<string, Rounded>();
  const once = (key: string, make: () => Rounded): Rounded => {
    const known = rounded.get(key) ?? make();
    rounded.set(key, known);
    return known;
  };
  const instead = new Map<Tensor, Tensor>();
  for (const node of topological(outputs)) {
    const other = quantisedProduct(node, options, once) ?? quantisedRows(node, once);
    if (other !== undefined) instead.set(node, other);
  }
  return replace(outputs, instead);
}

type Once = (key: string, make: () => Rounded) => Rounded;

function quantisedProduct(node: Tensor, { activations }: QuantiseOptions, once: Once): Tensor | undefined {
  const weight = weightOf(node);
  if (weight === undefined) return undefined;
  const { transposeB = false } = node.attributes as MatmulOptions;
  const range = activations === "dynamic" ? undefined : rangeOf(weight, activations);
  const w = once(`${weight.id} ${transposeB}`, () => roundWeight(weight, transposeB));
  return int8Matmul(node.inputs[0]!, w, range);
}

function quantisedRows(node: Tensor, once: Once): Tensor | undefined {
  const table = tableOf(node);
  if (table === undefined) return undefined;
  const { values, scales } = once(`${table.id} rows`, () => roundTable(table));
  const at = node.inputs[1]!;
  return dequantise(gather(values, at), gather(scales, at));
}

function rangeOf(weight: Tensor, ranges: Ranges): Range {
  const range = ranges[weightKey(weight)];
  if (range !== undefined) return range;
  const expected = `a range for the weight ${formatShape(weight.shape)}`;
  const got = `ranges for ${Object.keys(ranges).length} others`;
  const hint = "Calibrate the same program, with the same weights.";
  throw new ForetasteError("CONFIG", { where: "quantise, activations", expected, got, hint });
}
