import {
  add,
  concat,
  div,
  exp,
  matmul,
  mul,
  ones,
  slice,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";

/** Sizes of a ratings head. */
export interface RatingsShape {
  /** Length of the collaborative factors. */
  readonly factorSize: number;
  /** Length of the learned content embedding. */
  readonly contentSize: number;
  /** Length of what the presence of an item says. */
  readonly presenceSize: number;
  /** Distinct values an event can have. */
  readonly levels: number;
}

/** Length of a taste: factors, content, a constant (how high somebody rates), the item's level. */
export function tasteSize({
  factorSize,
  contentSize,
}: Pick<RatingsShape, "factorSize" | "contentSize">): number {
  return factorSize + contentSize + 2;
}

/** What the ratings head learns besides its embeddings, as shapes. */
export function ratingsShapes(shape: RatingsShape): RatingsParams<readonly number[]> {
  const d = tasteSize(shape);
  return {
    taste: { mean: [d], logVariance: [d] },
    item: { cold: [shape.factorSize, shape.factorSize], warmGain: [], coldGain: [] },
    chosen: { shift: [shape.presenceSize, d], gate: [] },
    noise: { base: [], cold: [], rare: [], freedom: [] },
    threshold: { at: [shape.levels - 1] },
  };
}

export interface RatingsParams<T> {
  readonly [key: string]: { readonly [key: string]: T };
  readonly taste: { readonly mean: T; readonly logVariance: T };
  readonly item: { readonly cold: T; readonly warmGain: T; readonly coldGain: T };
  readonly chosen: { readonly shift: T; readonly gate: T };
  readonly noise: { readonly base: T; readonly cold: T; readonly rare: T; readonly freedom: T };
  readonly threshold: { readonly at: T };
}

/** Items as they stand in the rows of a batch. Leading axes `...` are batches. */
export interface RatedItems {
  /** Learned embedding of the content; the last column is a bias. `[..., contentSize + 1]` */
  readonly content: Tensor;
  /** Collaborative factors. `[..., factorSize]` */
  readonly factors: Tensor;
  /** What content says they are. `[..., factorSize]` */
  readonly predicted: Tensor;
  /** 1 where the item is known from events, 0 for a cold one. `[...]` */
  readonly keep: Tensor;
  /** Level of the item, in standard deviations: its own, or what content says of it. `[...]` */
  readonly level: Tensor;
  /** Events the level rests on. `[...]` */
  readonly count: Tensor;
  /** How unsure content is of the level. `[...]` */
  readonly spread: Tensor;
}

export interface RatedFeatures {
  /** `[..., d]` */
  readonly phi: Tensor;
  /** What everybody thinks of the item. `[...]` */
  readonly bias: Tensor;
  /** Variance of a single rating around the taste's prediction. `[...]` */
  readonly noise: Tensor;
}

/** A cold item's rating is more uncertain, a rarely rated one's a little: `s^2 = e^a + cold v e^b + warm e^c / (count + 4)`. */
export function ratedFeatures(params: RatingsParams<Tensor>, items: RatedItems): RatedFeatures {
  const { keep, level, content } = items;
  const cold = sub(1, keep);
  const last = content.shape.length - 1;
  const width = content.shape[last]! - 1;
  const predicted = mul(matmul(items.predicted, params.item.cold), unsqueeze(cold, -1));
  const factors = add(mul(items.factors, unsqueeze(keep, -1)), predicted);
  const phi = concat(
    [factors, slice(content, last, 0, width), ones([...keep.shape, 1]), unsqueeze(level, -1)],
    last,
  );
  const gain = add(mul(keep, params.item.warmGain), mul(cold, params.item.coldGain));
  const bias = add(squeeze(slice(content, last, width, width + 1), last), mul(level, gain));
  const rare = mul(keep, div(exp(params.noise.rare), add(items.count, 4)));
  const unsure = mul(mul(cold, items.spread), exp(params.noise.cold));
  return { phi, bias, noise: add(add(rare, unsure), exp(params.noise.base)) };
}
