import { add, mul, type Shape, softmax, sub, sum, type Tensor, unsqueeze } from "../tensor/index.ts";

/** What scores each modality's vector: a linear form of its own. */
export interface FusionParams<T> {
  readonly [key: string]: T;
  /** `[modalities, width]` */
  readonly weight: T;
  /** `[modalities]` */
  readonly bias: T;
}

/** Both start at zero, where {@link fuse} is the plain sum. */
export function fusionShapes(modalities: number, width: number): FusionParams<Shape> {
  return { weight: [modalities, width], bias: [modalities] };
}

/** What is known of things, a vector a modality. */
export interface Modalities {
  /** `[n, modalities, width]` */
  readonly parts: Tensor;
  /** 1 where a modality is known, 0 where it is not. `[n, modalities]` */
  readonly present: Tensor;
}

/** Takes the place of the score of what is absent: its exponential is 0 beside any other. */
const NEVER = 1e9;

/**
 * How much each modality counts: a softmax of `w_m . e_m + b_m` over those that are present. They sum to one; an absent one
 * has none, whatever its vector, and where nothing is present all are zero. `[n, modalities]`
 */
export function modalityGates(
  { weight, bias }: FusionParams<Tensor>,
  { parts, present }: Modalities,
): Tensor {
  const score = add(sum(mul(parts, weight), -1), bias);
  const masked = sub(mul(score, present), mul(sub(1, present), NEVER));
  return mul(softmax(masked), present);
}

/**
 * Gated fusion: `e = k sum_m g_m e_m`, `g` from {@link modalityGates}, `k` the number of modalities present, so that equal
 * gates are the plain sum. The gates of Arevalo et al. 2017 (Gated Multimodal Units, eq. 1-4) with a softmax over what is
 * there, as in mixtures of experts (Jacobs et al. 1991), in the place of a sigmoid each. Nothing present gives zeros.
 *
 * @returns `[n, width]`
 * @example fuse(params, { parts, present: constant([[1, 1, 0]]) }); // the third modality is missing
 */
export function fuse(params: FusionParams<Tensor>, given: Modalities): Tensor {
  return sum(mul(given.parts, unsqueeze(modalityShares(params, given), -1)), -2);
}

/** What {@link fuse} multiplies each part with: `k g_m`, 1 where all gates are equal. `[n, modalities]` */
export function modalityShares(params: FusionParams<Tensor>, given: Modalities): Tensor {
  return mul(modalityGates(params, given), sum(given.present, -1, true));
}
