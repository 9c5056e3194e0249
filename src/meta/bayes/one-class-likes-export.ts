import type { Catalogue } from "../../encoders/catalogue.ts";
import { type LikesParams, likesScore } from "../../models/one-class.ts";
import {
  cast,
  gather,
  greaterEqual,
  type HostArray,
  input,
  log1p,
  minimum,
  mul,
  reshape,
  scatterAdd,
  squeeze,
  sum,
  type Tensor,
  unsqueeze,
} from "../../tensor/index.ts";
import type { EventInputs } from "../export.ts";

/** Like weights as a graph takes them. */
export interface LikesTables<T> {
  readonly [key: string]: T;
  /** `[n]` */
  readonly rows: T;
  /** `[n, size]` */
  readonly others: T;
  /** `[n, size]` */
  readonly weights: T;
}

export interface LikesInputs {
  readonly graph: LikesTables<Tensor>;
  /** What is written into the file for them. */
  readonly constants: LikesTables<HostArray>;
}

/** None for a catalogue without like weights. */
export function likesInputs({ likeWeights }: Catalogue): LikesInputs | undefined {
  if (likeWeights === undefined) return undefined;
  const { rows, size, others, weights } = likeWeights;
  const n = rows.length;
  return {
    graph: {
      rows: input("rows", [n], "int32"),
      others: input("others", [n, size], "int32"),
      weights: input("weights", [n, size]),
    },
    constants: { rows, others, weights },
  };
}

type Liking = LikesTables<Tensor> & Pick<EventInputs, "items" | "values" | "mask">;

/** What `likesReader` says of all items. `[items]` */
export function saidByLikes(
  params: LikesParams<Tensor>,
  { items: { ids }, scale }: Catalogue,
  { rows, others, weights, items, values, mask }: Liking,
): Tensor {
  const liked = mul(cast(greaterEqual(values, scale.liked), "float32"), mask);
  // An item that was liked twice counts once.
  const own = minimum(gather(scatterAdd(liked, items, ids.length), rows), 1);
  const said = sum(mul(gather(own, others), weights), 1);
  const whole = likesScore(params, unsqueeze(said, 0), reshape(log1p(sum(own)), [1]));
  return scatterAdd(squeeze(whole, 0), rows, ids.length);
}
