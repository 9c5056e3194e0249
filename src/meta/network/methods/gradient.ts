import type { Model, Params } from "../../../models/model.ts";
import {
  exp,
  flatten,
  mapTree,
  overlay,
  pick,
  type Shape,
  slice,
  stopGradient,
  type Tensor,
} from "../../../tensor/index.ts";
import { innerLoop } from "../inner-loop.ts";
import type { Fitted, Method, MethodWorld, PriorTensors, TaskInputs } from "../method.ts";
import type { NetworkConfig } from "../network-config.ts";
import { networkScore, supportLoss, withAnchor } from "../scoring.ts";

/** What an inner loop moves: parameters of the network, and a copy of the embedding of the task's own attributes. */
export interface Moving extends Params<Tensor> {
  readonly network: Params<Tensor>;
}

/** Which leaves an inner loop moves. */
export interface Moves {
  /** Of the network, by path. */
  network(model: Model): (path: string) => boolean;
  /** Whether the task's own attributes move as well. */
  readonly anchor: boolean;
}

/** Everything moves. */
export const everything: Moves = { network: () => () => true, anchor: true };

/** Steps of gradient descent on some leaves, one learned rate a layer. */
export function gradientMethod(
  name: string,
  title: string,
  moves: Moves,
  order?: 1,
): Pick<Method, "name" | "title" | "shapes" | "start" | "adapt" | "score"> {
  return {
    name,
    title,
    shapes: (world) => ({ logRate: [layersOf(world, moves).length] }),
    start: (path, _, { innerLearningRate }) =>
      path === "logRate" ? { fill: Math.log(innerLearningRate) } : undefined,
    adapt(given, prior, task) {
      const world = order === undefined ? given : { ...given, config: { ...given.config, order } };
      const start = startOf(world, prior, task, moves);
      const rates = layerRates(prior.own["logRate"] as Tensor, start, world.config);
      return stepDown(world, lossAt(world, prior, task), start, rates);
    },
    score: fastScore,
  };
}

/** Where an inner loop starts: at the prior. */
export function startOf(
  { model }: MethodWorld,
  { network }: PriorTensors,
  { anchor }: TaskInputs,
  moves: Moves,
): Moving {
  const moved = pick(network, moves.network(model));
  return { network: moved, ...(moves.anchor && anchor !== undefined && { anchor }) };
}

/** Loss of a task's support with what moved in the place of the prior's. */
export function lossAt(
  world: MethodWorld,
  { network }: PriorTensors,
  { support, anchor }: TaskInputs,
): (moving: Params<Tensor>) => Tensor {
  return (moving) => {
    const rows = withAnchor(world, support, (moving["anchor"] ?? anchor) as Tensor | undefined);
    return supportLoss(world, overlay(network, (moving as Moving).network), { support: rows });
  };
}

/** `start` after the configured steps down a loss. */
export function stepDown(
  { config }: MethodWorld,
  loss: (moving: Params<Tensor>) => Tensor,
  start: Params<Tensor>,
  learningRate: number | Params<Tensor>,
): Params<Tensor> {
  const { innerSteps: steps, innerOptimiser: optimiser, order } = config;
  return innerLoop(start, loss, { steps, order, optimiser, learningRate });
}

/** Scores after an inner loop. */
export function fastScore(
  world: MethodWorld,
  { network }: PriorTensors,
  { fast, task, rows }: Fitted,
): Tensor {
  const { anchor = task.anchor, network: moved = {} } = fast as { anchor?: Tensor; network?: Params<Tensor> };
  const support = withAnchor(world, task.support, anchor);
  return networkScore(world, overlay(network, moved), { support, rows: withAnchor(world, rows, anchor) });
}

/** Names of the layers that move, the anchor last. */
function layersOf(
  { model, spec, config }: Pick<MethodWorld, "model" | "spec" | "config">,
  moves: Moves,
): string[] {
  const { about, hidden, dropout } = config;
  const network = pick<Shape>(model.shapes(spec, { hidden, dropout }), moves.network(model));
  const personal = moves.anchor && about !== "domain" && spec[about] > 0;
  const paths = flatten<Shape>(network).map(([path]) => layerOf(`network.${path}`));
  return [...new Set([...paths, ...(personal ? ["anchor"] : [])])];
}

/** Weight and bias of a layer share its name. */
function layerOf(path: string): string {
  return path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : path;
}

function layerRates(
  logRate: Tensor,
  moving: Params<Tensor>,
  { learnInnerRate }: NetworkConfig,
): Params<Tensor> {
  const rates = exp(learnInnerRate ? logRate : stopGradient(logRate));
  const layers = [...new Set(flatten<Tensor>(moving).map(([path]) => layerOf(path)))];
  return mapTree<Params<Tensor>, Tensor, Tensor>(moving, (_, path) => {
    const at = layers.indexOf(layerOf(path));
    return slice(rates, 0, at, at + 1);
  });
}
