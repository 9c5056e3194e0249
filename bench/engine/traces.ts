import {
  add,
  concat,
  constant,
  div,
  gelu,
  grad,
  input,
  layerNorm,
  map,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  softmax,
  solveSpd,
  square,
  squeeze,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
} from "../../src/tensor/index.ts";
import { batchInputs, type Case, shapesOf, wanted } from "./cases.ts";

type Named = Readonly<Record<string, Tensor>>;

/** The inputs and outputs of one of `shards` equal parts of the batch; losses and gradients of weights are summed. */
export interface Shard {
  readonly inputs: { readonly shared: Named; readonly batch: Named };
  readonly outputs: {
    readonly sum: { readonly loss: Tensor; readonly [weight: string]: Tensor };
    readonly each: Named;
  };
}

/** A case as our users would write it: one task at a time, mapped. */
export function trace(of: Case, shards = 1): Shard {
  const batch = batchInputs(of);
  const part = (name: string, [n, ...rest]: readonly number[]): readonly number[] =>
    batch.includes(name) ? [n! / shards, ...rest] : [n!, ...rest];
  const inputs = Object.entries(shapesOf(of)).map(
    ([name, shape]) => [name, input(name, part(name, shape))] as const,
  );
  const all = Object.fromEntries(inputs);
  const loss = mul(LOSS[of.case](all, of.settings), 1 / shards);
  const grads: Named = grad(loss, Object.fromEntries(wanted(of).map((name) => [name, all[name]!])));
  const pick = (from: Named, inBatch: boolean): Named =>
    Object.fromEntries(Object.entries(from).filter(([name]) => batch.includes(name) === inBatch));
  return {
    inputs: { shared: pick(all, false), batch: pick(all, true) },
    outputs: { sum: { loss, ...pick(grads, false) }, each: pick(grads, true) },
  };
}

type Loss = (inputs: Named, settings: Case["settings"]) => Tensor;

const LOSS: Readonly<Record<Case["case"], Loss>> = {
  maml: metaLoss((weights, task, s) => {
    const fast = sgd(weights, (w) => mse(score(w, task["xs"]!), task["ys"]!), s);
    return mse(score(fast, task["xq"]!), task["yq"]!);
  }),
  anil: metaLoss((weights, task, s) => {
    const features = trunk(weights, task["xs"]!);
    const fast = sgd(
      { w2: weights["w2"]!, b2: weights["b2"]! },
      (w) => mse(head(w, features), task["ys"]!),
      s,
    );
    return mse(head(fast, trunk(weights, task["xq"]!)), task["yq"]!);
  }),
  bayes: metaLoss((weights, task) => {
    const phi = trunk(weights, task["xs"]!);
    const precision = add(matmul(phi, phi, { transposeA: true }), identity(phi.shape[1]!));
    const taste = solveSpd(precision, matmul(phi, unsqueeze(task["ys"]!, 1), { transposeA: true }));
    return mse(squeeze(matmul(trunk(weights, task["xq"]!), taste), 1), task["yq"]!);
  }),
  mlp: ({ x, y, ...w }) => mse(score(w, x!), y!),
  transformer: ({ x, y, ...w }, s) => mean(square(sub(block(w, x!, s), y!))),
};

function metaLoss(taskLoss: (weights: Named, task: Named, settings: Case["settings"]) => Tensor): Loss {
  return ({ xs, xq, ts, tq, ys, yq, ...weights }, settings) => {
    const tasks = { xs: joined(xs!, ts), xq: joined(xq!, tq), ys: ys!, yq: yq! };
    return mean(map((task: Named) => taskLoss(weights, task, settings), tasks));
  };
}

const joined = (x: Tensor, text: Tensor | undefined): Tensor =>
  text === undefined ? x : concat([x, text], 2);
const linear = (x: Tensor, w: Tensor, b: Tensor): Tensor => add(matmul(x, w), b);
const mse = (predicted: Tensor, y: Tensor): Tensor => mean(square(sub(predicted, y)));
const trunk = (w: Named, x: Tensor): Tensor =>
  relu(linear(relu(linear(x, w["w0"]!, w["b0"]!)), w["w1"]!, w["b1"]!));
const head = (w: Named, h: Tensor): Tensor => squeeze(linear(h, w["w2"]!, w["b2"]!), -1);
const score = (w: Named, x: Tensor): Tensor => head(w, trunk(w, x));

function sgd(weights: Named, loss: (w: Named) => Tensor, { steps, rate }: Case["settings"]): Named {
  let fast = weights;
  for (let step = 0; step < steps!; step++) {
    const g: Named = grad(loss(fast), fast);
    fast = Object.fromEntries(Object.entries(fast).map(([name, w]) => [name, sub(w, mul(rate!, g[name]!))]));
  }
  return fast;
}

function identity(n: number): Tensor {
  return constant(
    Float32Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
    [n, n],
  );
}

function block(w: Named, x: Tensor, { heads }: Case["settings"]): Tensor {
  const [b, n, d] = x.shape as [number, number, number];
  const width = d / heads!;
  const a = layerNorm(x, w["g0"]!, w["c0"]!, { epsilon: 1e-5 });
  const split = (name: string): Tensor =>
    transpose(reshape(linear(a, w[`w${name}`]!, w[`b${name}`]!), [b, n, heads!, width]), [0, 2, 1, 3]);
  const weights = softmax(div(matmul(split("q"), split("k"), { transposeB: true }), Math.sqrt(width)), -1);
  const mixed = reshape(transpose(matmul(weights, split("v")), [0, 2, 1, 3]), [b, n, d]);
  const middle = add(x, linear(mixed, w["wo"]!, w["bo"]!));
  const normed = layerNorm(middle, w["g1"]!, w["c1"]!, { epsilon: 1e-5 });
  return add(middle, linear(gelu(linear(normed, w["wf"]!, w["bf"]!)), w["wg"]!, w["bg"]!));
}
