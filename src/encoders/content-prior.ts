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

/** What is known of the content of items, and of how many events they have. */
export interface ContentSource {
  readonly bags: Bags;
  readonly numbers: Numbers;
  /** What encoders say of the items. */
  readonly vectors?: readonly DenseMatrix[];
  /** Events of each item; an item without any is predicted, not learned from. `[items]` */
  readonly counts: Int32Array;
}

/** Items with the quantities that content shall predict. */
export interface ContentTargets extends ContentSource {
  /** `[items, width]` */
  readonly values: Float32Array;
  readonly width: number;
}

/** One content, any number of targets. */
export type ContentPredictor = (targets: Targets) => Promise<ContentPrior>;

type Targets = Pick<ContentTargets, "values" | "width">;

/** What a predictor works with: the learned items' similarities, inverted. */
interface System {
  readonly source: ContentSource;
  readonly options: ContentPriorOptions;
  readonly learned: Int32Array;
  readonly others: Int32Array;
  /** `[learned]` */
  readonly noise: Float32Array;
  /** `[learned, learned]` */
  readonly inverse: Float32Array;
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
  const predict = await contentPredictor(targets, options);
  return predict(targets);
}

/** As {@link fitContentPrior}; what does not depend on the targets, most of the work, is done once. */
export async function contentPredictor(
  source: ContentSource,
  options: ContentPriorOptions = defaultContentPriorOptions,
): Promise<ContentPredictor> {
  const { counts } = source;
  const learned = mostEvents(counts, options.maxItems);
  const taken = new Set(learned);
  const others = Int32Array.from(counts.keys()).filter((item) => !taken.has(item));
  const n = learned.length;
  const noise = Float32Array.from(learned, (item) => options.noise + options.perEvent / counts[item]!);
  const kernel = await kernelOf(source, { rows: learned, columns: learned }, options);
  noise.forEach((x, i) => {
    kernel[i * (n + 1)]! += x;
  });
  const inverse = n === 0 ? kernel : await invertLarge(kernel, n, { threads: options.threads });
  const system = { source, options, learned, others, noise, inverse };
  let variance: Float32Array | undefined;
  return async (targets) => {
    const found = await predictAll(system, targets, variance);
    variance = found.variance;
    return found;
  };
}

/** @param variance where it is known from other targets */
async function predictAll(
  system: System,
  { values, width }: Targets,
  variance: Float32Array | undefined,
): Promise<ContentPrior> {
  const { learned, noise, inverse, options, source } = system;
  const n = learned.length;
  const known = Float32Array.from(
    { length: n * width },
    (_, k) => values[learned[Math.floor(k / width)]! * width + (k % width)]!,
  );
  const alpha = await multiplyDense(
    { data: inverse, rows: n, columns: n },
    { data: known, rows: n, columns: width },
    options,
  );
  const mean = new Float32Array(source.counts.length * width);
  const spread = variance ?? new Float32Array(source.counts.length);
  learned.forEach((item, i) => {
    const precision = inverse[i * (n + 1)]!;
    spread[item] = Math.max(0.01, 1 / precision - noise[i]!) + options.noise;
    for (let j = 0; j < width; j++)
      mean[item * width + j] = known[i * width + j]! - alpha[i * width + j]! / precision;
  });
  for (let start = 0; start < system.others.length; start += BLOCK) {
    const rows = system.others.subarray(start, start + BLOCK);
    const data = await kernelOf(source, { rows, columns: learned }, options);
    const cross = { data, rows: rows.length, columns: n };
    const block = await multiplyDense(cross, { data: alpha, rows: n, columns: width }, options);
    rows.forEach((item, r) => mean.set(block.subarray(r * width, (r + 1) * width), item * width));
    if (variance !== undefined) continue;
    const left = await unexplained(system, rows, cross);
    rows.forEach((item, r) => {
      spread[item] = left[r]!;
    });
  }
  return { mean, variance: spread };
}

/** Variance that similarities to the learned items leave of others. `[rows]` */
async function unexplained(
  { source: { bags, numbers, vectors = [] }, options, inverse }: System,
  rows: Int32Array,
  cross: DenseMatrix,
): Promise<Float32Array> {
  const { kernel, noise } = options;
  const n = cross.columns;
  const spread = await multiplyDense(cross, { data: inverse, rows: n, columns: n }, options);
  return Float32Array.from(rows, (item, r) => {
    const own = Int32Array.of(item);
    const self = contentKernel(bags, numbers, { rows: own, columns: own }, kernel)[0]!;
    let explained = 0;
    for (let c = 0; c < n; c++) explained += cross.data[r * n + c]! * spread[r * n + c]!;
    const prior = self + vectors.length * kernel.vector;
    return Math.max(0.01, prior - explained) + noise;
  });
}

async function kernelOf(
  { bags, numbers, vectors = [] }: ContentSource,
  between: Between,
  { kernel, threads }: ContentPriorOptions,
): Promise<Float32Array> {
  const out = contentKernel(bags, numbers, between, kernel);
  await addVectorKernel(out, vectors, between, { ...kernel, threads });
  return out;
}

/** Of other items, so that the cross similarities stay small. */
const BLOCK = 512;

/** The items with most events, ties by row. */
function mostEvents(counts: Int32Array, size: number): Int32Array {
  const seen = Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  return Int32Array.from(seen.sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, size));
}
