import { createRng } from "../../base/rng.ts";
import type { Bags } from "../../encoders/bags.ts";

/** Rows of encoded tables: a sample of one domain. */
export interface DomainSample {
  readonly bags: Bags;
  readonly rows: Int32Array;
}

export interface ClassifierOptions {
  /** Passes over the sample. */
  readonly epochs: number;
  readonly learningRate: number;
  /** Weight of half the squared coefficients, an example. */
  readonly ridge: number;
  readonly seed: number;
}

export const defaultClassifierOptions: ClassifierOptions = {
  epochs: 30,
  learningRate: 0.2,
  ridge: 1e-4,
  seed: 1,
};

/** Log-odds of being of the target, as both samples were of one size: `w . x + b`. */
export interface DomainClassifier {
  readonly weights: Float32Array;
  readonly bias: number;
}

/** A row of a sample, and which domain it is from. */
interface Example {
  readonly bags: Bags;
  readonly row: number;
  readonly isTarget: boolean;
}

/**
 * Logistic regression that tells two domains apart by their tokens, fitted by AdaGrad; both domains weigh the same. The
 * bags must share one vocabulary.
 */
export function fitDomainClassifier(
  source: DomainSample,
  target: DomainSample,
  options: ClassifierOptions = defaultClassifierOptions,
): DomainClassifier {
  const examples = [...examplesOf(source, false), ...examplesOf(target, true)];
  return fitOn(examples, source.bags.tokens, options);
}

function examplesOf({ bags, rows }: DomainSample, isTarget: boolean): Example[] {
  return Array.from(rows, (row) => ({ bags, row, isTarget }));
}

function fitOn(examples: readonly Example[], tokens: number, options: ClassifierOptions): DomainClassifier {
  const { epochs, learningRate, ridge, seed } = options;
  const [weights, squares] = [new Float32Array(tokens + 1), new Float32Array(tokens + 1).fill(1e-6)];
  const targets = examples.filter(({ isTarget }) => isTarget).length;
  const half = examples.length / 2;
  const shares = {
    target: half / Math.max(1, targets),
    source: half / Math.max(1, examples.length - targets),
  };
  const step = (token: number, gradient: number): void => {
    squares[token]! += gradient * gradient;
    weights[token]! -= (learningRate * gradient) / Math.sqrt(squares[token]!);
  };
  const rng = createRng(seed).split("domain classifier");
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { bags, row, isTarget } of rng.split(epoch).shuffle(examples)) {
      const odds = logOdds({ weights, bias: weights[tokens]! }, bags, row);
      const slope = (isTarget ? shares.target : shares.source) * (sigmoid(odds) - Number(isTarget));
      forEachToken(bags, row, (token, x) => step(token, slope * x + ridge * weights[token]!));
      step(tokens, slope);
    }
  }
  return { weights: weights.subarray(0, tokens), bias: weights[tokens]! };
}

/** Log-odds that a row is of the target. */
export function logOdds({ weights, bias }: DomainClassifier, bags: Bags, row: number): number {
  let sum = bias;
  forEachToken(bags, row, (token, x) => {
    sum += weights[token]! * x;
  });
  return sum;
}

/**
 * Proxy A-distance (Ben-David et al. 2007): `2 (1 - 2 error)` of a classifier of domains on rows that it was not fitted
 * on. 0 where domains cannot be told apart, 2 where they always can. Two-fold: each half is judged by a fit on the other;
 * errors of the two domains weigh the same.
 */
export function proxyADistance(
  source: DomainSample,
  target: DomainSample,
  options: ClassifierOptions = defaultClassifierOptions,
): number {
  const rng = createRng(options.seed).split("halves");
  const halves = [examplesOf(source, false), examplesOf(target, true)].map((examples) => {
    const shuffled = rng.shuffle(examples);
    return [shuffled.slice(0, shuffled.length >> 1), shuffled.slice(shuffled.length >> 1)] as const;
  });
  const wrong = { source: 0, target: 0 };
  for (const fold of [0, 1] as const) {
    const learned = halves.flatMap((half) => half[1 - fold]!);
    const classifier = fitOn(learned, source.bags.tokens, options);
    for (const { bags, row, isTarget } of halves.flatMap((half) => half[fold])) {
      const odds = logOdds(classifier, bags, row);
      // Nothing to go by is half an error.
      const error = odds === 0 ? 0.5 : Number(odds > 0 !== isTarget);
      wrong[isTarget ? "target" : "source"] += error;
    }
  }
  const error = (wrong.source / source.rows.length + wrong.target / target.rows.length) / 2;
  return Math.max(0, 2 * (1 - 2 * error));
}

/**
 * Importance weights under a shift of the inputs (Bickel et al. 2007; Sugiyama et al. 2007): the odds of a classifier of
 * domains are the ratio of densities `p_target(x) / p_source(x)`. Cut off above, then scaled to a mean of 1.
 *
 * @param odds log-odds of being of the target, of rows of the source. `[rows]`
 * @returns `[rows]`
 */
export function densityRatios(odds: ArrayLike<number>, most = 20): Float32Array {
  const ratios = Float32Array.from(odds, (x) => Math.min(most, Math.exp(Math.min(x, 50))));
  const mean = ratios.reduce((sum, x) => sum + x, 0) / Math.max(1, ratios.length);
  return mean > 0 ? ratios.map((x) => x / mean) : ratios;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Calls `visit` with every token of a row, all fields alike. */
export function forEachToken(bags: Bags, row: number, visit: (token: number, weight: number) => void): void {
  const fields = bags.fields.length;
  const [from, to] = [bags.offsets[row * fields]!, bags.offsets[(row + 1) * fields]!];
  for (let k = from; k < to; k++) visit(bags.ids[k]!, bags.weights[k]!);
}
