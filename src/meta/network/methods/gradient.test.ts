import { describe, expect, test } from "vitest";
import { evaluate } from "../../../../testing/reference.ts";
import { createRng } from "../../../base/rng.ts";
import { losses } from "../../../models/losses.ts";
import { mlp } from "../../../models/mlp.ts";
import type { Events, Params } from "../../../models/model.ts";
import {
  constant,
  flatten,
  grad,
  input,
  mapTree,
  type Shape,
  type Tensor,
  type Tree,
} from "../../../tensor/index.ts";
import type { Method, MethodWorld, PriorTensors } from "../method.ts";
import { methodNamed } from "../methods.ts";
import { defaultNetworkConfig, type NetworkConfig } from "../network-config.ts";
import { withAnchor } from "../scoring.ts";

const rng = createRng("gradient methods");
const numbers = (label: string, shape: Shape, scale = 1): number[] => {
  const stream = rng.split(label);
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * stream.normal());
};
const spec = { size: 2, user: 1, item: 2, userId: 0, itemId: 0, dense: 0 } as const;
const shape: Partial<NetworkConfig> = {
  embeddingSize: 2,
  hidden: [3],
  innerLearningRate: 0.05,
  supportShrinkage: 0,
};
const worldOf = (given: Partial<NetworkConfig> = {}): MethodWorld => ({
  model: mlp,
  spec,
  config: { ...defaultNetworkConfig, ...shape, ...given },
  drop: (hidden) => hidden,
  noise: () => constant(0),
  loss: losses.squared,
});

/** A prior as inputs, and numbers for them. */
function priorOf(method: Method, world: MethodWorld): { prior: PriorTensors; feeds: Map<Tensor, number[]> } {
  const shapes = { network: mlp.shapes(spec, { hidden: [3], dropout: 0 }), own: method.shapes(world) };
  const feeds = new Map<Tensor, number[]>();
  const prior = mapTree<typeof shapes, Shape, Tensor>(shapes, (of, path) => {
    const x = input(path, of);
    const own = method.start?.(path.replace(/^own\./, ""), of, world.config);
    const fill = path.startsWith("own.") && own !== undefined && "fill" in own ? own.fill : undefined;
    feeds.set(x, fill === undefined ? numbers(path, of, 0.7) : numbers(path, of).map(() => fill));
    return x;
  });
  return { prior: prior, feeds };
}

const eventsOf = (label: string, n: number): Events => ({
  item: constant(numbers(`${label}x`, [n, 4]), [n, 4]),
  value: constant(numbers(`${label}y`, [n]), [n]),
  mask: constant(new Array<number>(n).fill(1), [n]),
});
const anchor = constant(numbers("anchor", [2]), [2]);
const [support, query] = [eventsOf("support", 4), eventsOf("query", 3)];

function fit(name: string, given: Partial<NetworkConfig> = {}) {
  const [method, world] = [methodNamed(name), worldOf(given)];
  const { prior, feeds } = priorOf(method, world);
  const task = { support: withAnchor(world, support, anchor), anchor };
  const fast = method.adapt(world, prior, task);
  const rows = withAnchor(world, query, anchor);
  const loss = world.loss(method.score(world, prior, { fast, task, rows }), query, 0);
  return { prior, feeds, fast, loss };
}

const paths = (tree: Params<Tensor>): string[] => flatten<Tensor>(tree).map(([path]) => path);
const layers = ["layers.0.weight", "layers.0.bias", "head.weight", "head.bias"].map(
  (path) => `network.${path}`,
);

test.each([
  ["none", []],
  ["anil", ["network.head.weight", "network.head.bias"]],
  ["melu", layers],
  ["maml", [...layers, "anchor"]],
  ["fomaml", [...layers, "anchor"]],
  ["meta-sgd", [...layers, "anchor"]],
  ["imaml", [...layers, "anchor"]],
])("%s moves these leaves and no others", (name, moved) => {
  const { prior, feeds, fast } = fit(name);
  expect(paths(fast)).toEqual(moved);
  const starts = new Map(flatten<Tensor>({ network: prior.network, anchor }));
  for (const [path, leaf] of flatten<Tensor>(fast)) {
    const [before, after] = evaluate([starts.get(path) as Tensor, leaf], feeds);
    expect(after).not.toEqual(before);
  }
});

describe("gradients of the query loss", () => {
  /** By central differences of the loss at every number of the prior. */
  function differences({ feeds, loss }: ReturnType<typeof fit>, of: Tensor): number[] {
    const at = feeds.get(of) as number[];
    const lossAt = (i: number, h: number): number =>
      evaluate([loss], new Map([...feeds, [of, at.map((x, j) => (i === j ? x + h : x))]]))[0]![0]!;
    return at.map((_, i) => (lossAt(i, 1e-5) - lossAt(i, -1e-5)) / 2e-5);
  }
  const gradientsOf = ({ prior, feeds, loss }: ReturnType<typeof fit>): [Tensor, Float64Array][] => {
    const leaves = flatten<Tensor>(prior as unknown as Tree<Tensor>).map(([, leaf]) => leaf);
    const found = evaluate(
      leaves.map((leaf) => grad(loss, leaf)),
      feeds,
    );
    return leaves.map((leaf, i) => [leaf, found[i] as unknown as Float64Array]);
  };

  test.each(["none", "maml", "melu", "anil", "meta-sgd"])(
    "%s: to network and rates, through the steps",
    (name) => {
      const fitted = fit(name, { innerSteps: 2 });
      for (const [leaf, gradient] of gradientsOf(fitted)) {
        const wanted = differences(fitted, leaf);
        expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-6);
        gradient.forEach((g, i) => expect(g).toBeCloseTo(wanted[i]!, 6));
      }
    },
  );

  test("iMAML: through the minimum, as differences of the minimum after many steps", () => {
    const fitted = fit("imaml", { innerSteps: 60, innerLearningRate: 0.02, proximity: 20 });
    const head = (fitted.prior.network["head"] as Params<Tensor>)["weight"] as Tensor;
    const wanted = differences(fitted, head);
    const [got] = evaluate([grad(fitted.loss, head)], fitted.feeds);
    got!.forEach((g, i) => expect(Math.abs(g / wanted[i]! - 1)).toBeLessThan(0.02));
  });

  test("iMAML: the stronger the proximity, the nearer the minimum", () => {
    const far = [1, 5, 25].map((proximity) => {
      const { prior, feeds, fast } = fit("imaml", { innerSteps: 60, innerLearningRate: 0.02, proximity });
      const start = new Map(flatten<Tensor>({ network: prior.network }));
      const weight = "network.head.weight";
      const moved = new Map(flatten<Tensor>(fast)).get(weight) as Tensor;
      const [a, b] = evaluate([start.get(weight) as Tensor, moved], feeds);
      return Math.hypot(...a!.map((x, i) => x - b![i]!));
    });
    expect(far[0]).toBeGreaterThan(1.05 * far[1]!);
    expect(far[1]).toBeGreaterThan(1.05 * far[2]!);
  });
});

test("a rate that is not learned has no gradient", () => {
  const gradient = (learnInnerRate: boolean): number => {
    const { prior, feeds, loss } = fit("maml", { learnInnerRate });
    return Math.max(...evaluate([grad(loss, prior.own["logRate"] as Tensor)], feeds)[0]!.map(Math.abs));
  };
  expect(gradient(true)).toBeGreaterThan(1e-6);
  expect(gradient(false)).toBe(0);
});

test("FOMAML adapts as MAML does, and differs by its gradient alone", () => {
  const [first, second] = [fit("fomaml"), fit("maml")];
  const values = ({ fast, feeds }: ReturnType<typeof fit>) =>
    evaluate(
      flatten<Tensor>(fast).map(([, x]) => x),
      feeds,
    );
  expect(values(first)).toEqual(values(second));
  const gradient = ({ prior, feeds, loss }: ReturnType<typeof fit>) =>
    evaluate([grad(loss, (prior.network["head"] as Params<Tensor>)["weight"] as Tensor)], feeds)[0];
  expect(gradient(first)).not.toEqual(gradient(second));
});
