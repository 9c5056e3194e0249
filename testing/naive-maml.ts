import * as t from "../src/tensor/index.ts";

export interface NaiveMaml {
  readonly tasks: number;
  readonly support: number;
  readonly query: number;
  readonly steps: number;
  /** `[in, ..., out]` */
  readonly widths: readonly number[];
}

type Layer = { readonly weight: t.Tensor; readonly bias: t.Tensor };
type Layers = Readonly<Record<string, Layer>>;

/**
 * Second-order MAML as one would write it first: every task has weights of its own, and a step is `w - rate * gradient`.
 * Outputs: the loss on the query sets and its gradients by shared weights, rates and inputs.
 */
export function naiveMaml(shape: NaiveMaml): { inputs: t.Tree<t.Tensor>; outputs: t.Tree<t.Tensor> } {
  const { tasks, support, query, widths } = shape;
  const layers = Object.fromEntries(
    widths.slice(1).map((out, i) => {
      const weight = t.input(`weight${i}`, [widths[i] ?? 0, out]);
      return [`layer${i}`, { weight, bias: t.input(`bias${i}`, [1, out]) }];
    }),
  );
  const rates = t.input("rates", [widths.length - 1]);
  const data = (name: string, n: number): { x: t.Tensor; y: t.Tensor } => ({
    x: t.input(`${name}X`, [tasks, n, widths[0] ?? 0]),
    y: t.input(`${name}Y`, [tasks, n, widths.at(-1) ?? 0]),
  });
  const [given, asked] = [data("support", support), data("query", query)];
  const adapted = adapt(ownLayers(layers, tasks), given, { rates, steps: shape.steps });
  const loss = lossOf(adapted, asked);
  const inputs = { layers, rates, given, asked };
  const gradients = t.grad(loss, { layers, rates, x: given.x, queryX: asked.x });
  return { inputs, outputs: { loss, gradients } };
}

/** The same layers with an axis of tasks. */
function ownLayers(layers: Layers, tasks: number): Layers {
  return t.mapTree<Layers, t.Tensor, t.Tensor>(layers, (x) => t.expand(x, [tasks, ...x.shape]));
}

function adapt(
  layers: Layers,
  given: { readonly x: t.Tensor; readonly y: t.Tensor },
  { rates, steps }: { readonly rates: t.Tensor; readonly steps: number },
): Layers {
  let fast = layers;
  for (let step = 0; step < steps; step++) {
    const gradients = t.grad(lossOf(fast, given), fast) as Layers;
    fast = Object.fromEntries(
      Object.entries(fast).map(([name, { weight, bias }], i) => {
        const moved = (w: t.Tensor, g: t.Tensor): t.Tensor => t.sub(w, t.mul(t.slice(rates, 0, i, i + 1), g));
        const g = gradients[name] as Layer;
        return [name, { weight: moved(weight, g.weight), bias: moved(bias, g.bias) }];
      }),
    );
  }
  return fast;
}

/** Tasks do not touch each other, so the gradient of the sum holds each task's own. */
function lossOf(layers: Layers, { x, y }: { readonly x: t.Tensor; readonly y: t.Tensor }): t.Tensor {
  const score = Object.values(layers).reduce(
    (h, { weight, bias }, i) => t.add(t.matmul(i === 0 ? h : t.tanh(h), weight), bias),
    x,
  );
  return t.sum(t.mean(t.square(t.sub(score, y)), [1, 2]));
}
