import type { Events, Params } from "../../../models/model.ts";
import { add, mul, type Shape, type Tensor } from "../../../tensor/index.ts";
import type { Fitted, Method, MethodWorld, PriorTensors } from "../method.ts";
import { networkScore } from "../scoring.ts";
import {
  conditioned,
  conditionShapes,
  divergence,
  drawLatent,
  type LatentEncoder,
  latentOf,
  latentShapes,
  together,
} from "./latent.ts";

interface Own<T> extends Params<T> {
  readonly encoder: LatentEncoder<T>;
  /** How the latent moves the decoder, the network. */
  readonly condition: Params<T>;
}

/**
 * A neural process (Garnelo et al. 2018, sec. 2, eq. 9): a set encoder reads the support as a Gaussian `q(z | S)`, and the
 * network, told of `z`, scores pairs. No gradient is taken to adapt, the order of events means nothing, and serving
 * uses the mean. Meta-training adds to the query's loss under `z ~ q(z | S)` (the path that serves) their bound: the loss
 * under `z ~ q(z | S and Q)` and `proximity` times `KL(q(z | S and Q) || q(z | S))`.
 */
export const neuralProcess: Method = {
  name: "neural-process",
  title: "Neural process",
  shapes: (world): Params<Shape> => ({ encoder: latentShapes(world), condition: conditionShapes(world) }),
  start: (path) => (path.startsWith("condition.") ? { deviation: 0.1 } : undefined),
  adapt(world, { own }, { support }) {
    const { encoder } = own as Own<Tensor>;
    return { latent: drawLatent(latentOf(encoder, support), world.noise) };
  },
  score: (world, prior, fitted) => decode(world, prior, fitted),
  penalty(world, prior, both) {
    const { encoder } = prior.own as Own<Tensor>;
    const { task, query } = both;
    const [all, given] = [latentOf(encoder, together(task, query)), latentOf(encoder, task.support)];
    const fast = { latent: drawLatent(all, world.noise) };
    return boundOf(world, query, {
      score: decode(world, prior, { ...both, fast, rows: query }),
      divergence: divergence(all, given),
    });
  },
};

function decode(world: MethodWorld, { network, own }: PriorTensors, { fast, task, rows }: Fitted): Tensor {
  const { condition } = own as Own<Tensor>;
  const told = conditioned(network, condition, fast["latent"] as Tensor);
  return networkScore(world, told, { support: task.support, rows });
}

/** Loss of the query under what was read from all events, and the weighted divergence. A scalar */
export function boundOf(
  { loss, config }: Pick<MethodWorld, "loss" | "config">,
  query: Events,
  parts: { readonly score: Tensor; readonly divergence: Tensor },
): Tensor {
  return add(loss(parts.score, query, 0), mul(parts.divergence, config.proximity));
}
