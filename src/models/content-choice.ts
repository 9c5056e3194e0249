import {
  add,
  constant,
  logSoftmax,
  matmul,
  mul,
  neg,
  slice,
  squeeze,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import {
  oneClassPosterior,
  oneClassPrecision,
  personalScore,
  type TasteParams,
  tasteShapes,
} from "./one-class.ts";

/** Sizes of a head over vectors of content. */
export interface ContentChoiceShape {
  /** Of a vector. */
  readonly width: number;
  readonly embeddingSize: number;
  /** Distinct values an event can have. */
  readonly levels: number;
}

export interface ContentChoiceParams<T> extends TasteParams<T> {
  readonly [key: string]: T | { readonly [key: string]: T };
  /** From a vector to an embedding and, in the last column, a bias. `[width, embeddingSize + 1]` */
  readonly projection: T;
}

/** What the head learns, as shapes. */
export function contentChoiceShapes(shape: ContentChoiceShape): ContentChoiceParams<readonly number[]> {
  return { projection: [shape.width, shape.embeddingSize + 1], ...tasteShapes(shape) };
}

/** How vectors are brought to mean zero and a mean squared length of one. */
export interface Standard {
  /** `[width]` */
  readonly mean: Float32Array;
  readonly scale: number;
}

/** Embeddings of items and their biases. `[n, width] -> [n, d], [n]` */
export function contentEmbeddings(
  { projection }: ContentChoiceParams<Tensor>,
  vectors: Tensor,
  { mean, scale }: Standard,
): { phi: Tensor; bias: Tensor } {
  const centred = mul(sub(vectors, constant(mean, [mean.length])), scale);
  const projected = matmul(centred, projection);
  const d = projected.shape[1]! - 1;
  return { phi: slice(projected, 1, 0, d), bias: squeeze(slice(projected, 1, d, d + 1), 1) };
}

/** One slice of the catalogue and `b` people: `s` items they may have met, `q` items they are asked about. */
export interface ContentChoiceBatch {
  /** int32 `[b, s]` */
  readonly level: Tensor;
  /** 1 where the person has an event with the item. `[b, s]` */
  readonly met: Tensor;
  /** 1 for items, 0 for padding. `[s]`, `[q]` */
  readonly supportItem: Tensor;
  readonly queryItem: Tensor;
  /** Weight of each item that the person liked, 0 elsewhere. `[b, q]` */
  readonly liked: Tensor;
}

/**
 * How surprising it is what people chose of items they had not met, knowing what they did with others: softmax
 * cross-entropy over the asked items after the closed-form posterior of each taste, weighted. Everything about an item
 * comes from its vector, so that the gradient reaches whoever made it. `vectors [s + q, width]`, `-> [b]`
 *
 * (the one-class head of this package, with content in the place of its embeddings; a differentiable closed-form
 * adaptation as in ALPaCA, Harrison et al. 2018, and R2D2, Bertinetto et al. 2019)
 */
export function contentChoiceLoss(
  params: ContentChoiceParams<Tensor>,
  vectors: Tensor,
  batch: ContentChoiceBatch & { readonly standard: Standard },
): Tensor {
  const [n, s] = [vectors.shape[0]!, batch.supportItem.shape[0]!];
  const { phi, bias } = contentEmbeddings(params, vectors, batch.standard);
  const met = mul(slice(phi, 0, 0, s), unsqueeze(batch.supportItem, -1));
  const asked = slice(phi, 0, s, n);
  const posterior = oneClassPosterior(params, oneClassPrecision(params, met), {
    phi: unsqueeze(met, 0),
    level: batch.level,
    age: constant(0),
    mask: batch.met,
  });
  const padding = mul(sub(batch.queryItem, 1), 1e9);
  const scores = add(personalScore(params, asked, posterior.mean), add(slice(bias, 0, s, n), padding));
  return neg(sum(mul(logSoftmax(scores), batch.liked), 1));
}
