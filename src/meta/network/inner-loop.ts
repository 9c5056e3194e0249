import type { Params } from "../../models/model.ts";
import { differentiableAdam, differentiableSgd, type TensorTransform } from "../../optim/index.ts";
import {
  add,
  flatten,
  grad,
  mapTree,
  stopGradient,
  type Tensor,
  type TensorTree,
} from "../../tensor/index.ts";

export interface InnerOptions {
  readonly steps: number;
  /** 1 takes the gradients of the steps as constants (Finn et al. 2017, sec. 5.2). */
  readonly order: 1 | 2;
  readonly optimiser: "sgd" | "adam";
  /** A number, or a tensor for each leaf that broadcasts to it. */
  readonly learningRate: number | Params<Tensor>;
}

/**
 * Where `steps` steps down a task's loss lead: `w <- w - rate * dL/dw`, or Adam's (Finn et al. 2017, alg. 1, line 6).
 * To be mapped over tasks. The steps are made on whole weights: that one changes a layer by a matrix of low rank which
 * need not be multiplied out is the compiler's to see.
 *
 * @param loss of the leaves that move, a scalar
 * @example
 * const options = { steps: 5, order: 2, optimiser: "sgd", learningRate: 0.01 } as const;
 * const fast = innerLoop(layers, (w) => mean(square(sub(score(w), y))), options);
 */
export function innerLoop(
  start: Params<Tensor>,
  loss: (moving: Params<Tensor>) => Tensor,
  options: InnerOptions,
): Params<Tensor> {
  const { learningRate, optimiser } = options;
  // Near a zero gradient the root of Adam's variance has no derivative of moderate size without the term under it.
  return optimiser === "sgd"
    ? descend(start, loss, options, differentiableSgd({ learningRate }))
    : descend(start, loss, options, differentiableAdam({ learningRate, epsilonRoot: 1e-6 }));
}

function descend<S extends TensorTree>(
  start: Params<Tensor>,
  loss: (moving: Params<Tensor>) => Tensor,
  { steps, order }: InnerOptions,
  descent: TensorTransform<S>,
): Params<Tensor> {
  const fixed = order === 1 ? stopGradient : (x: Tensor): Tensor => x;
  let [fast, state] = [start, descent.init(start)];
  for (let step = 0; step < steps; step++) {
    const gradients = mapTree<Params<Tensor>, Tensor, Tensor>(gradientOf(loss(fast), fast), fixed);
    const [updates, next] = descent.update(gradients, state, fast);
    [fast, state] = [moved(fast, updates), next];
  }
  return fast;
}

function gradientOf(loss: Tensor, wrt: Params<Tensor>): Params<Tensor> {
  return grad(loss, wrt) as Params<Tensor>;
}

function moved(fast: Params<Tensor>, updates: Params<Tensor>): Params<Tensor> {
  const by = new Map(flatten<Tensor>(updates));
  return mapTree<Params<Tensor>, Tensor, Tensor>(fast, (leaf, path) => add(leaf, by.get(path) as Tensor));
}
