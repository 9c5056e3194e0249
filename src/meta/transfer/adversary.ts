import type { Rng } from "../../base/rng.ts";
import {
  add,
  compile,
  grad,
  input,
  matmul,
  matvec,
  mean,
  mul,
  neg,
  type Program,
  softplus,
  type Tensor,
  type Tree,
  tanh,
} from "../../tensor/index.ts";
import { initParams, paramInputs } from "../params.ts";
import { reverseGradient } from "./reversal.ts";

/** Hidden units of the classifier of domains. */
const HIDDEN = 16;

/** Parameters of the classifier of domains on features of width `d`, as shapes. */
export function adversaryShapes(d: number): Adversary<readonly number[]> {
  return { hidden: [d, HIDDEN], offset: [HIDDEN], output: [HIDDEN], bias: [1] };
}

export interface Adversary<T> {
  readonly [key: string]: T;
  readonly hidden: T;
  readonly offset: T;
  readonly output: T;
  readonly bias: T;
}

export function initAdversary(d: number, rng: Rng): Adversary<Float32Array> {
  return initParams(adversaryShapes(d), rng, (path) =>
    path === "hidden" || path === "output" ? { deviation: 0.3 } : { fill: 0 },
  );
}

/**
 * The domain-adversarial term (Ganin et al. 2016): a small network tells the domains of features apart behind a gradient
 * reversal. `loss = mean log(1 + exp(-s z))`, `s` 1 for the target and -1 for the source; derivatives of the classifier
 * descend it, those of the features climb it.
 *
 * @param m rows of features fed at once. `features [m, d], sign [m]`
 */
export function adversaryProgram(m: number, d: number, strength: number): Promise<AdversaryProgram> {
  const params = paramInputs(adversaryShapes(d)) as Adversary<Tensor>;
  const features = input("features", [m, d]);
  const sign = input("sign", [m]);
  const hidden = tanh(add(matmul(reverseGradient(features, strength), params.hidden), params.offset));
  const logits = add(matvec(hidden, params.output), params.bias);
  const loss = mean(softplus(neg(mul(sign, logits))));
  const grads = grad(loss, { params: { ...params }, features });
  return compile({ params: { ...params }, features, sign }, { loss, grads });
}

// Programs are compiled per shape; trees of inputs are named by their paths.
export type AdversaryProgram = Program<Tree<Tensor>, Tree<Tensor>>;
