import { type DenseMatrix, invertLarge, multiplyDense } from "../tensor/dense.ts";
import type { Bags } from "./bags.ts";
import { contentKernel, defaultKernelOptions, type KernelOptions, type Numbers } from "./content-kernel.ts";
import { addVectorKernel, type Between } from "./vector-kernel.ts";

export interface ContentPriorOptions {
  /** At most this many items, those with most events, are learned from. */
  readonly maxItems: number;
  readonly kernel: KernelOptions;
  /** Noise of a target: `noise + perEvent / events`. */
  readonly noise: number;
  readonly perEvent: number;
  readonly threads: number;
}

export const defaultContentPriorOptions: ContentPriorOptions = {
  maxItems: 4096,
  kernel: defaultKernelOptions,
  noise: 0.05,
  perEvent: 1.26,
  threads: 2,
};

/** What content says about items, as if none of their own events were known. */
export interface ContentPrior {
  /** `[items, targets]` */
  readonly mean: Float32Array;
  /** Variance of what content cannot say, the same for all targets. `[items]` */
  readonly variance: Float32Array;
}

/** Items with the quantities that content shall predict. */
export interface ContentTargets {
  readonly bags: Bags;
  readonly numbers: Numbers;
  /** What encoders say of the items. */
  readonly vectors?: readonly DenseMatrix[];
  /** Events of each item; an item without any is predicted, not learned from. `[items]` */
  readonly counts: Int32Array;
  /** `[items, width]` */
  readonly values: Float32Array;
  readonly width: number;
}

/**
 * A Gaussian process from content to what events taught about items. An item that it learned from gets its exact
 * *leave-one-out* prediction (Rasmussen and Williams 2006, eq. 5.12), so that in training every item can be played as a
 * cold one without a model having seen it: `mean_i = y_i - [A^-1 y]_i / [A^-1]_ii`, `var_i = 1 / [A^-1]_ii - noise_i`.
 */
export async function fitContentPrior(
  targets: ContentTargets,
  options: ContentPriorOptions = defaultContentPriorOptions,
): Promise<ContentPrior> {
  const { counts, values, width } = targets;
  const learned = mostEvents(counts, options.maxItems);
  const taken = new Set(learned);
  const others = Int32Array.from(counts.keys()).filter((item) => !taken.has(item));
  const n = learned.length;
  const noise = Float32Array.from(learned, (item) => options.noise + options.perEvent / counts[item]!);
  const system = await kernelOf(targets, { rows: learned, columns: learned }, options);
  noise.forEach((x, i) => {
    system[i * (n + 1)]! += x;
  });
  const inverse = n === 0 ? system : await invertLarge(system, n, { threads: options.threads });
  const known = Float32Array.from(
    { length: n * width },
    (_, k) => values[learned[Math.floor(k / width)]! * width + (k % width)]!,
  );
  const alpha = await multiplyDense(
    { data: inverse, rows: n, columns: n },
    { data: known, rows: n, columns: width },
    options,
  );
  const out = { mean: new Float32Array(counts.length * width), variance: new Float32Array(counts.length) };
  learned.forEach((item, i) => {
    const precision = inverse[i * (n + 1)]!;
    out.variance[item] = Math.max(0.01, 1 / precision - noise[i]!) + options.noise;
    for (let j = 0; j < width; j++)
      out.mean[item * width + j] = known[i * width + j]! - alpha[i * width + j]! / precision;
  });
  await predictOthers(out, { others, learned, inverse, alpha, targets, options });
  return out;
}

async function kernelOf(
  { bags, numbers, vectors = [] }: ContentTargets,
  between: Between,
  { kernel, threads }: ContentPriorOptions,
): Promise<Float32Array> {
  const out = contentKernel(bags, numbers, between, kernel);
  await addVectorKernel(out, vectors, between, { ...kernel, threads });
  return out;
}

interface Others {
  readonly others: Int32Array;
  readonly learned: Int32Array;
  readonly inverse: Float32Array;
  readonly alpha: Float32Array;
  readonly targets: ContentTargets;
  readonly options: ContentPriorOptions;
}

/** The usual prediction, in blocks so that the cross similarities stay small. */
async function predictOthers(
  out: ContentPrior,
  { others, learned, inverse, alpha, targets, options }: Others,
): Promise<void> {
  const { bags, numbers, vectors = [], width } = targets;
  const { kernel } = options;
  const n = learned.length;
  for (let start = 0; start < others.length; start += BLOCK) {
    const rows = others.subarray(start, start + BLOCK);
    const data = await kernelOf(targets, { rows, columns: learned }, options);
    const cross = { data, rows: rows.length, columns: n };
    const mean = await multiplyDense(cross, { data: alpha, rows: n, columns: width }, options);
    const spread = await multiplyDense(cross, { data: inverse, rows: n, columns: n }, options);
    rows.forEach((item, r) => {
      out.mean.set(mean.subarray(r * width, (r + 1) * width), item * width);
      const own = Int32Array.of(item);
      const self = contentKernel(bags, numbers, { rows: own, columns: own }, kernel)[0]!;
      let explained = 0;
      for (let c = 0; c < n; c++) explained += data[r * n + c]! * spread[r * n + c]!;
      const prior = self + vectors.length * kernel.vector;
      out.variance[item] = Math.max(0.01, prior - explained) + options.noise;
    });
  }
}

const BLOCK = 512;

/** The items with most events, ties by row. */
function mostEvents(counts: Int32Array, size: number): Int32Array {
  const seen = Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  return Int32Array.from(seen.sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, size));
}
