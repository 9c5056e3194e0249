import {
  add,
  div,
  dot,
  matmul,
  matvec,
  maximum,
  mul,
  sigmoid,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
} from "../tensor/index.ts";
import { gaussianPosterior, type Posterior } from "./posterior.ts";

/** How a Gaussian stands for the posterior of a taste under yes-or-no answers. */
export type LogisticInference = "laplace" | "polya-gamma";

/** A Gaussian prior in information form and the answers it meets. Leading axes are batches. */
export interface LogisticInputs {
  /** `[..., d, d]` */
  readonly precision: Tensor;
  /** Prior precision times prior mean. `[..., d]` */
  readonly potential: Tensor;
  /** The prior itself. `[..., d]`, `[..., d, d]` */
  readonly mean: Tensor;
  readonly covariance: Tensor;
  /** `[..., s, d]` */
  readonly phi: Tensor;
  /** What the log-odds are besides the taste, and the variance of what is not known of them. `[..., s]` */
  readonly bias: Tensor;
  readonly noise: Tensor;
  /** 1 for yes, 0 for no. `[..., s]` */
  readonly liked: Tensor;
  /** Weight of the answer, 0 for padding. `[..., s]` */
  readonly mask: Tensor;
}

export interface LogisticOptions {
  readonly inference: LogisticInference;
  /** Closed-form solutions, each around the one before. */
  readonly rounds: number;
}

type Centre = Pick<Posterior, "mean" | "covariance">;

/**
 * Bayesian logistic regression as a few closed forms: each answer becomes an observation `z` with confidence `c`, around
 * the solution before, and {@link gaussianPosterior} does the rest. The mean is again a sum over the answers.
 *
 * - Polya-Gamma: `c = tanh(x / 2) / 2x`, `z = (y - 1/2) / c`, `x^2 = E[f^2]`: the bound rises with every round (Jaakkola
 *   and Jordan 1996, eq. 8-10; Polson et al. 2013).
 * - Laplace: `c = p (1 - p)`, `z = f + (y - p) / c` at `p = sigmoid(f)`, which is Newton's step towards the mode (Spiegelhalter
 *   and Lauritzen 1990; MacKay 1992), after one round of the former to start near it.
 *
 * Log-odds with a noise of their own count less: the variance of `z` is `1 / c + noise`.
 */
export function logisticPosterior(inputs: LogisticInputs, { inference, rounds }: LogisticOptions): Posterior {
  let now = solved(inputs, polyaGamma(inputs, inputs));
  for (let round = 1; round < rounds; round++)
    now = solved(inputs, inference === "laplace" ? newton(inputs, now) : polyaGamma(inputs, now));
  return now;
}

/** Confidence and observed log-odds of each answer. */
interface Observed {
  readonly confidence: Tensor;
  readonly odds: Tensor;
}

function solved(inputs: LogisticInputs, { confidence, odds }: Observed): Posterior {
  const { precision, potential, phi, bias, noise, mask } = inputs;
  return gaussianPosterior({
    precision,
    potential,
    phi,
    confidence: div(mul(mask, confidence), add(mul(confidence, noise), 1)),
    target: sub(odds, bias),
  });
}

function polyaGamma({ phi, bias, noise, liked }: LogisticInputs, { mean, covariance }: Centre): Observed {
  const f = add(matvec(phi, mean), bias);
  const variance = add(dot(matmul(phi, covariance), phi), noise);
  const x = sqrt(add(add(square(f), variance), 1e-6));
  const confidence = div(tanh(mul(x, 0.5)), mul(x, 2));
  return { confidence, odds: div(sub(liked, 0.5), confidence) };
}

/** Confidence below which a Newton step would run away. */
const FLAT = 1e-3;

function newton({ phi, bias, liked }: LogisticInputs, { mean }: Centre): Observed {
  const f = add(matvec(phi, mean), bias);
  const p = sigmoid(f);
  const slope = mul(p, sub(1, p));
  const confidence = maximum(slope, FLAT);
  return { confidence, odds: add(f, div(sub(liked, p), confidence)) };
}
