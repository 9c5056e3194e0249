import type { Interval, PairedInterval } from "../../evaluate/bootstrap.ts";

/** How much worse a compressed encoder may be. */
export interface Limits {
  /** Most of nDCG@10 that may be lost, as a share of what it was; of the mean, and of the far end of its interval twice that. */
  readonly tolerance: number;
  /** Least mean cosine with the vectors it was made of. */
  readonly agreement: number;
}

/** What was measured of both sides. */
export interface Measured {
  readonly before: { readonly ndcg: Pick<Interval, "mean"> };
  readonly difference: Pick<PairedInterval, "mean" | "low">;
  readonly cosine: Pick<Interval, "mean">;
}

/**
 * Why a compressed encoder is not good enough, in words; nothing when it is. Numbers that are none are always a reason: a
 * broken encoder is not kept in silence.
 *
 * @param vectors of the compressed encoder
 */
export function objections(
  { before, difference, cosine }: Measured,
  vectors: Float32Array,
  { tolerance, agreement }: Limits,
): string[] {
  const broken = vectors.findIndex((x) => !Number.isFinite(x));
  if (broken >= 0) return [`a vector holds ${vectors[broken]}`];
  const share = difference.mean / before.ndcg.mean;
  const far = difference.low / before.ndcg.mean;
  const found: string[] = [];
  if (!(share >= -tolerance))
    found.push(`nDCG@10 changes by ${percent(share)}, more than the tolerance of ${percent(tolerance)}`);
  else if (!(far >= -2 * tolerance))
    found.push(`nDCG@10 may have fallen by ${percent(-far)}: ask more people, or raise the tolerance`);
  if (!(cosine.mean >= agreement))
    found.push(`its vectors agree with the old ones by ${cosine.mean.toFixed(3)}, less than ${agreement}`);
  return found;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
