import { add, inverseSpd, matmul, matvec, mul, squeeze, type Tensor, unsqueeze } from "../tensor/index.ts";

/** A Gaussian prior in information form and the observations it meets. Leading axes are batches. */
export interface PosteriorInputs {
  /** Precision of the prior. `[..., d, d]` */
  readonly precision: Tensor;
  /** Prior precision times prior mean. `[..., d]` */
  readonly potential: Tensor;
  /** Features of the observed items. `[..., s, d]` */
  readonly phi: Tensor;
  /** Confidence of each observation (one over its noise variance); 0 where the row is padding. `[..., s]` */
  readonly confidence: Tensor;
  /** What was observed. `[..., s]` */
  readonly target: Tensor;
}

export interface Posterior {
  /** `[..., d]`; equals `prior` plus the sum of `events` over `s`. */
  readonly mean: Tensor;
  /** `[..., d, d]` */
  readonly covariance: Tensor;
  /** What each observation adds to the mean: the exact explanation. `[..., s, d]` */
  readonly events: Tensor;
  /** What the prior adds to the mean. `[..., d]` */
  readonly prior: Tensor;
}

/**
 * Bayesian linear regression in closed form: `P = P0 + sum_j c_j phi_j phi_j^T`, `mean = P^-1 (h0 + sum_j c_j y_j phi_j)`
 * (Bishop 2006, eq. 3.50-3.51; as the head of a meta-learned network: Harrison et al. 2018, ALPaCA).
 */
export function gaussianPosterior({
  precision,
  potential,
  phi,
  confidence,
  target,
}: PosteriorInputs): Posterior {
  const weighted = mul(phi, unsqueeze(confidence, -1));
  const covariance = inverseSpd(add(precision, matmul(weighted, phi, { transposeA: true })));
  const evidence = mul(weighted, unsqueeze(target, -1));
  const pull = matmul(unsqueeze(target, -2), weighted);
  const mean = matvec(covariance, add(potential, squeeze(pull, -2)));
  return { mean, covariance, events: matmul(evidence, covariance), prior: matvec(covariance, potential) };
}
