import { type Layer, type Layers, traceMelu } from "../../models/melu.ts";
import {
  add,
  div,
  exp,
  grad,
  matmul,
  mul,
  neg,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from "../../tensor/index.ts";

/** Events of one task, padded to `n` slots. */
export type TaskEvents = {
  /** Input of the first layer. `[n, in]` */
  readonly x: Tensor;
  /** `[n]` */
  readonly value: Tensor;
  /** 1 for an event, 0 for padding. `[n]` */
  readonly mask: Tensor;
};

export interface InnerOptions {
  readonly steps: number;
  /** 1 takes the steps as constants: FOMAML (Finn et al. 2017, sec. 5.2). */
  readonly order: 1 | 2;
  /** Natural logarithm of the inner learning rate of each layer. `[layers]` */
  readonly logRate: Tensor;
  /** Added to the number of events that the inner loss is divided by. */
  readonly shrinkage: number;
}

/**
 * The layers of one task after `steps` SGD steps on its support (Finn et al. 2017, alg. 1, line 6), inputs fixed as in
 * MeLU. To be mapped over tasks. The steps are made on whole weights: that one changes a layer by a matrix of low rank
 * which need not be multiplied out is the compiler's to see.
 */
export function innerLoop(
  layers: Layers<Tensor>,
  support: TaskEvents,
  options: InnerOptions,
): Layers<Tensor> {
  const { steps, order, logRate, shrinkage } = options;
  const rates = neg(exp(logRate));
  const fixed = order === 1 ? stopGradient : (x: Tensor): Tensor => x;
  let fast = layers;
  for (let step = 0; step < steps; step++) {
    const { inputs, preactivations, score } = traceMelu(fast, support.x);
    const gradients = grad(taskLoss(score, support, shrinkage), preactivations);
    const next = Object.entries(fast).map(([name, layer], i) => {
      const delta = mul(fixed(gradients[name] as Tensor), slice(rates, 0, i, i + 1));
      return [name, moved(layer, fixed(inputs[name] as Tensor), delta)] as const;
    });
    fast = Object.fromEntries(next);
  }
  return fast;
}

/**
 * The layer after a step, from its input and minus the rate times the gradient at its pre-activations, which weights and
 * bias share: `weights - rate * grad(loss, weights)` says the same, but makes a meta-step up to a tenth slower.
 */
function moved({ weight, bias }: Layer<Tensor>, input: Tensor, delta: Tensor): Layer<Tensor> {
  return {
    weight: add(weight, matmul(input, delta, { transposeA: true })),
    bias: add(bias, sum(delta, 0)),
  };
}

/** Squared errors of a task over its number of events plus `shrinkage`. */
export function taskLoss(
  score: Tensor,
  { value, mask }: Pick<TaskEvents, "value" | "mask">,
  shrinkage: number,
): Tensor {
  const errors = mul(square(sub(score, value)), mask);
  return div(sum(errors), add(sum(mask), Math.max(shrinkage, 1e-9)));
}
