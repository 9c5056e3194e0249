import type { RunContext } from "../../base/progress.ts";
import type { Rng } from "../../base/rng.ts";
import { checkStop } from "../../base/stop.ts";
import type { SubwordBag } from "../../encoders/pretrained/bag/bag.ts";
import { cosineDecay, rowAdam } from "../../optim/index.ts";
import type { Lesson } from "./start-bag.ts";

/** How a bag is trained. */
export interface BagTraining {
  readonly epochs: number;
  readonly learningRate: number;
  readonly rng: Rng;
}

/** Texts of a step. */
const BATCH = 256;
/** Share of the texts that are held out; the epoch that is best on them is kept. */
const HELD_OUT = 0.05;

/**
 * Trains a bag to give the teacher's vectors: token vectors, token weights and bias by Adam on `1 - cos(v, teacher)`, texts
 * held out deciding which epoch is kept. Progress counts epochs.
 *
 * @throws CANCELLED
 */
export async function trainBag(
  start: SubwordBag,
  lesson: Lesson,
  { epochs, learningRate, rng }: BagTraining,
  ctx: RunContext,
): Promise<SubwordBag> {
  const order = rng.split("held out").shuffle(lesson.tokens.map((_, i) => i));
  const cut = Math.max(1, Math.floor(HELD_OUT * order.length));
  const [held, taught] = [order.slice(0, cut), order.slice(cut)];
  const bag = {
    ...start,
    table: start.table.slice(),
    weights: start.weights.slice(),
    bias: start.bias.slice(),
  };
  const step = stepper(
    bag,
    lesson,
    cosineDecay({ from: learningRate, steps: epochs * Math.ceil(taught.length / BATCH) }),
  );
  let best = { cosine: meanCosine(bag, lesson, held), bag: start };
  const report = ctx.progress.start("distil into a bag", epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const shuffled = rng.split(`epoch ${epoch}`).shuffle(taught);
    for (let at = 0; at < shuffled.length; at += BATCH) {
      checkStop(ctx, "distillation", { done: epoch, of: epochs, what: "epochs" });
      step(shuffled.slice(at, at + BATCH));
      if (at % (8 * BATCH) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const cosine = meanCosine(bag, lesson, held);
    if (cosine > best.cosine)
      best = {
        cosine,
        bag: { ...bag, table: bag.table.slice(), weights: bag.weights.slice(), bias: bag.bias.slice() },
      };
    report.update(epoch + 1, `cosine ${cosine.toFixed(4)}`);
  }
  report.finish(`cosine ${best.cosine.toFixed(4)} on held-out texts`);
  return best.bag;
}

/** One step on some texts, in place. Weights move by their logarithm, so that they stay above zero. */
function stepper(
  bag: SubwordBag,
  lesson: Lesson,
  rate: (step: number) => number,
): (texts: readonly number[]) => void {
  const { width, table, weights, bias } = bag;
  const logs = weights.map(Math.log);
  const optimiser = rowAdam({ learningRate: rate });
  const faster = rowAdam({ learningRate: (step) => 10 * rate(step) });
  let [tables, counts, biases] = [
    optimiser.init(table, width),
    faster.init(logs, 1),
    optimiser.init(bias, width),
  ];
  return (texts) => {
    const gradient = bagGradient(bag, lesson, texts);
    tables = optimiser.update({ rows: gradient.rows, values: gradient.table }, tables, table);
    counts = faster.update({ rows: gradient.rows, values: gradient.logWeights }, counts, logs);
    biases = optimiser.update({ rows: Int32Array.of(0), values: gradient.bias }, biases, bias);
    for (const row of gradient.rows) weights[row] = Math.exp(logs[row]!);
  };
}

/** Derivatives of the mean of `1 - cos` over some texts. */
export interface BagGradient {
  readonly loss: number;
  /** Tokens that occur. */
  readonly rows: Int32Array;
  /** `[rows.length, width]` */
  readonly table: Float32Array;
  /** With respect to the logarithms of the weights. `[rows.length]` */
  readonly logWeights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * With `W = sum w_t`, `m = sum w_t e_t / W`, `u = m + b`, `v = u / |u|` and `g = -(y - (v.y) v) / |u|`: `dL/de_t = w_t g / W`,
 * `dL/dlog w_t = w_t (e_t - m).g / W`, `dL/db = g`.
 */
export function bagGradient(
  bag: SubwordBag,
  { tokens, vectors }: Lesson,
  texts: readonly number[],
): BagGradient {
  const { width, table, weights } = bag;
  const places = new Map<number, number>();
  for (const text of texts)
    for (const token of tokens[text]!) if (!places.has(token)) places.set(token, places.size);
  const out = {
    table: new Float32Array(places.size * width),
    logWeights: new Float32Array(places.size),
    bias: new Float32Array(width),
  };
  let loss = 0;
  for (const text of texts) {
    const wanted = vectors.data.subarray(text * width, (text + 1) * width);
    const { mean, total, g, cosine } = readText(bag, tokens[text]!, wanted);
    loss += (1 - cosine) / texts.length;
    for (let j = 0; j < width; j++) out.bias[j]! += g[j]! / texts.length;
    for (const token of tokens[text]!) {
      const [place, share] = [places.get(token)!, weights[token]! / total / texts.length];
      let slope = 0;
      for (let j = 0; j < width; j++) {
        out.table[place * width + j]! += share * g[j]!;
        slope += (table[token * width + j]! - mean[j]!) * g[j]!;
      }
      out.logWeights[place]! += share * slope;
    }
  }
  return { loss, rows: Int32Array.from(places.keys()), ...out };
}

/** One text's way to its vector, and the derivative of `1 - cos` there. */
function readText(
  { width, table, weights, bias }: SubwordBag,
  tokens: readonly number[],
  wanted: Float32Array,
) {
  const mean = new Float32Array(width);
  let total = 0;
  for (const token of tokens) {
    const weight = weights[token]!;
    total += weight;
    for (let j = 0; j < width; j++) mean[j]! += weight * table[token * width + j]!;
  }
  let [squares, along] = [0, 0];
  for (let j = 0; j < width; j++) {
    if (total > 0) mean[j]! /= total;
    const u = mean[j]! + bias[j]!;
    squares += u * u;
    along += u * wanted[j]!;
  }
  const length = Math.sqrt(squares) || 1;
  const cosine = along / length;
  const g = Float32Array.from(
    { length: width },
    (_, j) => -(wanted[j]! - (cosine * (mean[j]! + bias[j]!)) / length) / length,
  );
  return { mean, total, g, cosine };
}

/** How near the bag's vectors are to the teacher's, on some texts. */
export function meanCosine(bag: SubwordBag, { tokens, vectors }: Lesson, texts: readonly number[]): number {
  const { width } = bag;
  let sum = 0;
  for (const text of texts)
    sum += readText(bag, tokens[text]!, vectors.data.subarray(text * width, (text + 1) * width)).cosine;
  return sum / texts.length;
}
