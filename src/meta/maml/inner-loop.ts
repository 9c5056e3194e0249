import { type Affine, affine, type Layer, type Layers, type Trace, traceMelu } from "../../models/melu.ts";
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

/** Support sets of `b` tasks, padded to `s` slots. */
export interface InnerSupport {
  /** Input of the first layer. `[b, s, in]` */
  readonly x: Tensor;
  /** `[b, s]` */
  readonly value: Tensor;
  /** 1 for an event, 0 for padding. `[b, s]` */
  readonly mask: Tensor;
}

export interface InnerOptions {
  readonly steps: number;
  readonly order: 1 | 2;
  /** Natural logarithm of the inner learning rate of each layer. `[layers]` */
  readonly logRate: Tensor;
  /** Added to the number of events that the inner loss is divided by. */
  readonly shrinkage: number;
}

/** One SGD step's change of a dense layer: `W += input^T delta`, `b += sum of delta`. */
interface Change {
  /** `[b, s, in]` */
  readonly input: Tensor;
  /** Minus learning rate times the gradient of the loss by the layer's pre-activations. `[b, s, out]` */
  readonly delta: Tensor;
}

/** A layer after some steps: what it was, and changes that have not been multiplied out. */
export interface FastLayer {
  readonly layer: Layer<Tensor>;
  readonly changes: readonly Change[];
}

/**
 * `steps` SGD steps of every task on its own support from shared layers (Finn et al. 2017, alg. 1, line 6), inputs fixed as
 * in MeLU. An SGD step changes a dense layer by a matrix of rank `s`; where `s * steps` is small against the layer, the
 * change is carried as its two factors and never multiplied out. Both forms give the same numbers.
 *
 * With order 1 factors are constants to `grad`: FOMAML (Finn et al. 2017, sec. 5.2).
 */
export function innerLoop(
  layers: Layers<Tensor>,
  support: InnerSupport,
  options: InnerOptions,
): readonly FastLayer[] {
  const slots = support.x.shape[1] as number;
  let fast: readonly FastLayer[] = Object.values(layers).map((layer) => ({ layer, changes: [] }));
  const keepFactors = fast.map(({ layer }) => factorsAreCheaper(layer.weight.shape, slots * options.steps));
  const rates = exp(options.logRate);
  for (let step = 0; step < options.steps; step++) {
    const trace = traceMelu(fast.map(asAffine), support.x);
    const loss = sum(taskLosses(trace.score, support, options.shrinkage));
    const gradients = derivatives(loss, trace);
    fast = fast.map((layer, i) => {
      const rate = slice(rates, 0, i, i + 1);
      const fixed = options.order === 1 ? stopGradient : (x: Tensor): Tensor => x;
      const delta = mul(fixed(gradients[i] as Tensor), neg(rate));
      const change = { input: fixed(trace.inputs[i] as Tensor), delta };
      const next = { layer: layer.layer, changes: [...layer.changes, change] };
      return keepFactors[i] === true ? next : { layer: multipliedOut(next), changes: [] };
    });
  }
  return fast;
}

/** Squared errors of each task over its number of events plus `shrinkage`. `[b, n] -> [b]` */
export function taskLosses(
  score: Tensor,
  { value, mask }: Pick<InnerSupport, "value" | "mask">,
  shrinkage: number,
): Tensor {
  const errors = mul(square(sub(score, value)), mask);
  return div(sum(errors, 1), add(sum(mask, 1), Math.max(shrinkage, 1e-9)));
}

/** Tasks do not touch each other, so the gradient of the sum holds each task's own. */
function derivatives(loss: Tensor, { preactivations }: Trace): readonly Tensor[] {
  const tree = Object.fromEntries(preactivations.map((z, i) => [String(i), z]));
  return Object.values<Tensor>(grad(loss, tree));
}

/** The adapted layer as a map: `x W + b + sum over changes of (x input^T + 1) delta`. */
export function asAffine({ layer, changes }: FastLayer): Affine {
  const base = affine(layer);
  return (x) =>
    changes.reduce(
      (z, { input, delta }) => add(z, matmul(add(matmul(x, input, { transposeB: true }), 1), delta)),
      base(x),
    );
}

/** The adapted layer as weights of each task. `weight [b, in, out]`, `bias [b, 1, out]` */
export function multipliedOut({ layer, changes }: FastLayer): Layer<Tensor> {
  return changes.reduce(
    ({ weight, bias }, { input, delta }) => ({
      weight: add(weight, matmul(input, delta, { transposeA: true })),
      bias: add(bias, sum(delta, 1, true)),
    }),
    layer,
  );
}

/** Applying factors of rank `r` costs `r (in + out)` a row, applying weights `in out`. */
function factorsAreCheaper(weight: readonly number[], rank: number): boolean {
  const [fanIn, fanOut] = weight as [number, number];
  return rank * (fanIn + fanOut) < fanIn * fanOut;
}
