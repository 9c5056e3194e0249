import { expect, test } from "vitest";
import {
  itemSpec,
  numbersAt,
  plainEvents,
  plainRows,
  someParams,
  tensorEvents,
  tensorRows,
} from "../../../../testing/networks.ts";
import { evaluate } from "../../../../testing/reference.ts";
import { createRng } from "../../../base/rng.ts";
import { losses } from "../../../models/losses.ts";
import { mlp } from "../../../models/mlp.ts";
import type { Params } from "../../../models/model.ts";
import { constant, flatten, grad, mul, sum, type Tensor, zeros } from "../../../tensor/index.ts";
import type { MethodWorld, PriorTensors } from "../method.ts";
import { defaultNetworkConfig } from "../network-config.ts";
import { supportLoss } from "../scoring.ts";
import { learnedOptimiser } from "./learned-optimiser.ts";

const rng = createRng(41);
const config = { ...defaultNetworkConfig, embeddingSize: 3, hidden: [2], innerSteps: 2, order: 1 } as const;
const world: MethodWorld = {
  model: mlp,
  spec: itemSpec,
  config,
  drop: (hidden) => hidden,
  noise: zeros,
  loss: losses.squared,
};
const support = tensorEvents(itemSpec, plainEvents(itemSpec, 3, rng));
const rows = tensorRows(itemSpec, plainRows(itemSpec, 2, rng));
const own = { ...someParams(learnedOptimiser.shapes(world), rng.split("own")), logRate: constant([-1], [1]) };
const prior: PriorTensors = { network: someParams(mlp.shapes(itemSpec, config), rng.split("network")), own };
const numbers = (x: Tensor): number[] => [...evaluate([x], new Map())[0]!];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const units = 8;
const gates = numbersAt(own, "gates.weight");
const gateBias = numbersAt(own, "gates.bias");
const update = numbersAt(own, "update.weight");
const updateBias = numbersAt(own, "update.bias");

interface Cell {
  readonly hidden: readonly number[];
  readonly cell: readonly number[];
}

const fresh: Cell = { hidden: new Array<number>(units).fill(0), cell: new Array<number>(units).fill(0) };

/** The LSTM for one parameter, in plain numbers. */
function recur(gradient: number, { hidden, cell }: Cell): Cell {
  const size = Math.abs(gradient);
  const tiny = size <= Math.exp(-10);
  const seen = tiny ? [-1, gradient * Math.exp(10)] : [Math.log(size) / 10, Math.sign(gradient)];
  const x = [...seen, ...hidden];
  const all = gateBias.map((b, j) =>
    x.reduce((total, value, i) => total + value * gates[i * 4 * units + j]!, b),
  );
  const part = (k: number, u: number): number => all[k * units + u]!;
  const next = cell.map((c, u) => sigmoid(part(1, u) + 1) * c + sigmoid(part(0, u)) * Math.tanh(part(3, u)));
  return { cell: next, hidden: next.map((c, u) => sigmoid(part(2, u)) * Math.tanh(c)) };
}

/** Two steps on every parameter of the network, each with a state of its own. */
function plainSteps(world: MethodWorld): number[] {
  const paths = flatten<Tensor>(prior.network).map(([path, leaf]) => [path, leaf.shape] as const);
  let at: number[] = paths.flatMap(([path]) => numbersAt(prior.network, path));
  let cells: Cell[] = at.map(() => fresh);
  for (let step = 0; step < 2; step++) {
    let from = 0;
    const cut = paths.map(([path, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      from += size;
      return [path, constant(at.slice(from - size, from), shape)] as const;
    });
    const network = nest(cut);
    const gradients = flatten<Tensor>(grad(supportLoss(world, network, { support }), network));
    const slopes = gradients.flatMap(([, g]) => numbers(g));
    cells = cells.map((cell, i) => recur(slopes[i]!, cell));
    at = at.map((value, i) => {
      const proposed = cells[i]!.hidden.reduce((total, h, u) => total + h * update[u]!, updateBias[0]!);
      return value - Math.exp(-1) * slopes[i]! + 0.01 * proposed;
    });
  }
  return at;
}

function nest(leaves: readonly (readonly [string, Tensor])[]): Params<Tensor> {
  const tree: Record<string, unknown> = {};
  for (const [path, leaf] of leaves) {
    const keys = path.split(".");
    let node = tree;
    for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as Record<string, unknown>;
    node[keys.at(-1)!] = leaf;
  }
  return tree as Params<Tensor>;
}

test.each([
  ["near one", 1],
  ["on both sides of e^-10", 1e-4],
])("two steps as in plain numbers, a state for each parameter, gradients %s", (_, scale) => {
  const scaled: MethodWorld = { ...world, loss: (...of) => mul(losses.squared(...of), scale) };
  const fast = learnedOptimiser.adapt(scaled, prior, { support }) as { network: Params<Tensor> };
  const got = flatten<Tensor>(fast.network).flatMap(([, leaf]) => numbers(leaf));
  const expected = plainSteps(scaled);
  expect(got).toHaveLength(expected.length);
  // Between the steps the plain version rounds the weights to float32.
  got.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 5));
});

test("as it is drawn it proposes nothing: plain gradient descent at the inner learning rate", () => {
  const { start } = learnedOptimiser;
  expect(start?.("update.weight", [8, 1], config)).toEqual({ fill: 0 });
  expect(start?.("logRate", [1], config)).toEqual({ fill: Math.log(0.3) });
  const silent = { ...own, update: { weight: zeros([8, 1]), bias: zeros([1]) } };
  const once = { ...world, config: { ...config, innerSteps: 1 } };
  const given = { ...prior, own: silent } as PriorTensors;
  const { network } = learnedOptimiser.adapt(once, given, { support }) as { network: Params<Tensor> };
  const slopes = grad(supportLoss(world, prior.network, { support }), prior.network) as Params<Tensor>;
  const weight = numbersAt(prior.network, "layers.0.weight");
  const slope = numbersAt(slopes, "layers.0.weight");
  numbersAt(network, "layers.0.weight").forEach((w, i) =>
    expect(w).toBeCloseTo(weight[i]! - Math.exp(-1) * slope[i]!, 6),
  );
});

test("gradients of nothing and of less than e^-10 are read without a logarithm of zero", () => {
  const nothing = { ...support, mask: zeros([3]) };
  const fast = learnedOptimiser.adapt(world, prior, { support: nothing }) as { network: Params<Tensor> };
  const proposed = [0, 1].reduce<{ at: number; cell: Cell }>(
    ({ at, cell }) => {
      const next = recur(0, cell);
      return {
        at: at + 0.01 * next.hidden.reduce((t, h, u) => t + h * update[u]!, updateBias[0]!),
        cell: next,
      };
    },
    { at: numbersAt(prior.network, "head.bias")[0]!, cell: fresh },
  );
  expect(numbersAt(fast.network, "head.bias")[0]).toBeCloseTo(proposed.at, 6);
});

test("learns through its steps: every parameter has a finite gradient, of first and of second order", () => {
  for (const order of [1, 2] as const) {
    const inside = { ...world, config: { ...config, order } };
    const fast = learnedOptimiser.adapt(inside, prior, { support });
    const score = learnedOptimiser.score(inside, prior, { fast, task: { support }, rows });
    const gradients = flatten<Tensor>(grad(sum(score), prior as never)).map(
      ([path, g]) => [path, numbers(g)] as const,
    );
    expect(gradients.filter(([, g]) => g.every((x) => x === 0)).map(([path]) => path)).toEqual([]);
    expect(gradients.every(([, g]) => g.every(Number.isFinite))).toBe(true);
  }
});

test("of first order the steps are constants: the weights found move one to one with where they start", () => {
  const slopesOf = (order: 1 | 2): number[] => {
    const inside = { ...world, config: { ...config, order } };
    const { network } = learnedOptimiser.adapt(inside, prior, { support }) as { network: Params<Tensor> };
    const { weight } = network["head"] as { weight: Tensor };
    const start = (prior.network["head"] as { weight: Tensor }).weight;
    return numbers(grad(sum(weight), start));
  };
  expect(slopesOf(1)).toEqual([1, 1]);
  expect(slopesOf(2).every((slope) => Math.abs(slope - 1) > 1e-3)).toBe(true);
});
