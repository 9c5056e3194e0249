import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import {
  add,
  compile,
  div,
  exp,
  input,
  matmul,
  max,
  mean,
  mul,
  relu,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../../tensor/index.ts";
import { type HostParams, initParams, paramInputs } from "../params.ts";
import { rootMeanSquare } from "./emcdr.ts";
import { fitMap, type MapConfig } from "./fit-map.ts";

export interface PtupcdrConfig extends MapConfig {
  /** Units of the network that makes a bridge. */
  readonly hidden: number;
  /** Items of a history that are looked at, the last ones, and likes in the target that are learned from. */
  readonly maxEvents: number;
  /** Weight of pairs that were not observed, as in the factors. */
  readonly unobservedWeight: number;
}

/** Vectors of items, `[items, width]`, and those somebody likes. */
export interface LikedVectors {
  readonly items: Float32Array;
  readonly liked: (person: number) => Int32Array;
}

export interface BridgeData {
  readonly width: number;
  readonly people: number;
  /** `[people, width]` in the source. */
  readonly vectors: Float32Array;
  readonly source: LikedVectors;
  readonly target: LikedVectors;
}

/** Maps a vector of the source `[width]` by what its person liked there. */
export type Bridge = (vector: Float32Array, liked: Int32Array) => Promise<Float32Array>;

/**
 * PTUPCDR (Zhu et al. 2022): each person has a linear map of their own, `y_u = W_u x_u` with `W_u = g(p_u)` and
 * `p_u = sum_j a_j v_j` over the items of their history in the source, `a = softmax h(v_j)`; `h` and `g` have one hidden
 * layer. Its task-oriented loss is, for likes instead of ratings, the one of the factors: `sum_liked (1 - y_u . v_i)^2 +
 * w0 sum_i (y_u . v_i)^2` over the target's items.
 *
 * @throws CANCELLED
 * @example const bridge = await fitPtupcdr(data, config); const y = await bridge(x, likedInTheSource);
 */
export async function fitPtupcdr(
  data: BridgeData,
  config: PtupcdrConfig,
  context?: RunContext,
): Promise<Bridge> {
  const { width, people, vectors, source, target } = data;
  const { batchTasks, maxEvents } = config;
  const scale = rootMeanSquare(vectors);
  const shapes = shapesOf(width, config.hidden);
  const inputs = {
    ...bridgeInputs(batchTasks, maxEvents, width),
    ...lossInputs(batchTasks, maxEvents, width),
  };
  const gram = gramOf(target.items, width, config.unobservedWeight);
  const own = (row: number): Float32Array =>
    vectors.subarray(row * width, (row + 1) * width).map((v) => v / scale);
  const fed = (side: LikedVectors, rows: Int32Array) =>
    padded(side.items, width, maxEvents, Array.from(rows, side.liked));
  const params = await fitMap(
    {
      name: "PTUPCDR",
      people,
      shapes,
      start: startOf(shapes, config),
      inputs,
      loss: (tensors) => likesLoss(bridged(tensors as Parts<Tensor>, inputs), inputs),
      feed: (rows) => {
        const [history, likes] = [fed(source, rows), fed(target, rows)];
        return {
          x: Float32Array.from([...rows].flatMap((row) => [...own(row)])),
          history: history.vectors,
          mask: history.mask,
          likes: likes.vectors,
          likesMask: likes.mask,
          gram,
        };
      },
    },
    config,
    context,
  );
  return runnerOf(params, { data, config, scale });
}

interface Parts<T> {
  readonly [key: string]: T;
  readonly attention: T;
  readonly attentionBias: T;
  readonly weigh: T;
  readonly meta: T;
  readonly metaBias: T;
  readonly bridge: T;
  readonly bridgeBias: T;
}

function shapesOf(width: number, hidden: number): Parts<readonly number[]> {
  return {
    attention: [width, width],
    attentionBias: [width],
    weigh: [width, 1],
    meta: [width, hidden],
    metaBias: [hidden],
    bridge: [hidden, width * width],
    bridgeBias: [width * width],
  };
}

function startOf(shapes: Parts<readonly number[]>, { seed }: PtupcdrConfig): HostParams {
  return initParams(shapes, createRng(seed).split("PTUPCDR start"), (_, { 0: inputs = 1, length }) =>
    length === 1 ? { fill: 0 } : { bound: 1 / Math.sqrt(inputs) },
  );
}

interface BridgeInputs {
  readonly [key: string]: Tensor;
  /** `[people, width]` */
  readonly x: Tensor;
  /** `[people, events, width]` */
  readonly history: Tensor;
  /** `[people, events]` 1 where there is an event. */
  readonly mask: Tensor;
}

function bridgeInputs(people: number, events: number, width: number): BridgeInputs {
  return {
    x: input("x", [people, width]),
    history: input("history", [people, events, width]),
    mask: input("mask", [people, events]),
  };
}

/** `y_u = W_u x_u`, `[people, width]` */
function bridged(params: Parts<Tensor>, { x, history, mask }: BridgeInputs): Tensor {
  const [people = 0, events = 0, width = 0] = history.shape;
  const seen = relu(add(matmul(history, params.attention), params.attentionBias));
  const logits = reshape(matmul(seen, params.weigh), [people, events]);
  // Nobody's events weigh nothing, so that a person without any has a bridge as well.
  const raised = mul(exp(sub(logits, max(logits, 1, true))), mask);
  const weights = div(raised, add(sum(raised, 1, true), 1e-12));
  const taste = sum(mul(unsqueeze(weights, 2), history), 1);
  const features = relu(add(matmul(taste, params.meta), params.metaBias));
  const bridge = reshape(add(matmul(features, params.bridge), params.bridgeBias), [people, width, width]);
  return sum(mul(bridge, unsqueeze(x, 1)), 2);
}

interface LossInputs {
  readonly [key: string]: Tensor;
  readonly likes: Tensor;
  readonly likesMask: Tensor;
  /** `w0 V^T V` of the target's items. `[width, width]` */
  readonly gram: Tensor;
}

function lossInputs(people: number, events: number, width: number): LossInputs {
  return {
    likes: input("likes", [people, events, width]),
    likesMask: input("likesMask", [people, events]),
    gram: input("gram", [width, width]),
  };
}

function likesLoss(y: Tensor, { likes, likesMask, gram }: LossInputs): Tensor {
  const scores = sum(mul(likes, unsqueeze(y, 1)), 2);
  const missed = sum(mul(square(sub(1, scores)), likesMask), 1);
  return mean(add(missed, sum(mul(matmul(y, gram), y), 1)));
}

interface Serving {
  readonly data: BridgeData;
  readonly config: PtupcdrConfig;
  readonly scale: number;
}

async function runnerOf(params: HostParams, { data, config, scale }: Serving): Promise<Bridge> {
  const { width, source } = data;
  const tensors = paramInputs(shapesOf(width, config.hidden)) as Parts<Tensor>;
  const inputs = bridgeInputs(1, config.maxEvents, width);
  const program = await compile({ params: tensors, ...inputs }, { y: bridged(tensors, inputs) });
  return async (vector, liked) => {
    const history = padded(source.items, width, config.maxEvents, [liked]);
    const x = vector.map((v) => v / scale);
    const { y } = await program.run({ params, x, history: history.vectors, mask: history.mask } as never);
    return y;
  };
}

/** The vectors of each person's last items, zeros behind them. `[people, most, width]`, mask `[people, most]` */
function padded(
  items: Float32Array,
  width: number,
  most: number,
  lists: readonly Int32Array[],
): { readonly vectors: Float32Array; readonly mask: Float32Array } {
  const vectors = new Float32Array(lists.length * most * width);
  const mask = new Float32Array(lists.length * most);
  lists.forEach((list, person) => {
    list.slice(-most).forEach((item, at) => {
      vectors.set(items.subarray(item * width, (item + 1) * width), (person * most + at) * width);
      mask[person * most + at] = 1;
    });
  });
  return { vectors, mask };
}

function gramOf(items: Float32Array, width: number, weight: number): Float32Array {
  const gram = new Float32Array(width * width);
  for (let from = 0; from < items.length; from += width) {
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) gram[a * width + b]! += weight * items[from + a]! * items[from + b]!;
    }
  }
  return gram;
}
