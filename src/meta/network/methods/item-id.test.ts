import { expect, test } from "vitest";
import { evaluate } from "../../../../testing/reference.ts";
import { losses } from "../../../models/losses.ts";
import type { Events, Model, Params } from "../../../models/model.ts";
import {
  constant,
  flatten,
  grad,
  input,
  mapTree,
  mul,
  type Shape,
  sum,
  type Tensor,
} from "../../../tensor/index.ts";
import type { Method, MethodWorld, PriorTensors, TaskInputs } from "../method.ts";
import { defaultNetworkConfig, type NetworkConfig } from "../network-config.ts";
import { metaEmb, sameId } from "./meta-emb.ts";
import { mwuf } from "./mwuf.ts";

/** Log-odds are the inner product of the user's and the item's embedding, times a gain. */
const product: Model = {
  name: "product",
  title: "Product",
  shapes: () => ({ gain: [] }),
  score: ({ gain }, { userId, itemId }) => mul(sum(mul(userId!, itemId!), -1), gain as Tensor),
  head: ["gain"],
};
const spec = { size: 2, user: 0, item: 1, userId: 1, itemId: 1, dense: 0 } as const;
const config: NetworkConfig = {
  ...defaultNetworkConfig,
  about: "item",
  loss: "cross-entropy",
  innerSteps: 1,
  innerLearningRate: 0.5,
  supportShrinkage: 2,
};
const world: MethodWorld = {
  model: product,
  spec,
  config,
  drop: (hidden) => hidden,
  noise: () => constant([0], []),
  loss: losses["cross-entropy"],
};

/** Users of a task and whether they liked its item; the item's own ID embedding is (1, 2) in every row. */
function eventsOf(
  users: readonly (readonly [number, number])[],
  liked: readonly number[],
  mask = liked.map(() => 1),
): Events {
  const n = liked.length;
  return {
    userId: constant(users.flat(), [n, 2]),
    itemId: constant(
      liked.flatMap(() => [1, 2]),
      [n, 2],
    ),
    value: constant(liked, [n]),
    mask: constant(mask, [n]),
  };
}

const support = eventsOf(
  [
    [1, 0.5],
    [-2, 1],
  ],
  [1, 0],
);
const nobody = eventsOf([[5, 5]], [1], [0]);
const query = eventsOf(
  [
    [0.5, 1],
    [1, -1],
  ],
  [1, 0],
);
const anchor = constant([0.3, -0.7], [2]);

/** Parameters of a method as inputs, with the numbers they stand for. */
function priorOf(method: Method, numbers: Readonly<Record<string, readonly number[]>>) {
  const shapes = { network: product.shapes(spec, config), own: method.shapes(world) };
  const feeds = new Map<Tensor, readonly number[]>();
  const inputs = mapTree<Params<Shape>, Shape, Tensor>(shapes, (shape, path) => {
    const made = input(path, shape);
    const size = shape.reduce((a, b) => a * b, 1);
    const given = numbers[path] ?? new Array<number>(size).fill(path === "network.gain" ? 1 : 0);
    feeds.set(made, path === "own.logRate" ? [Math.log(0.5)] : given);
    return made;
  });
  return { prior: inputs as unknown as PriorTensors, feeds };
}

function adapted(
  method: Method,
  numbers: Readonly<Record<string, readonly number[]>>,
  task: TaskInputs,
): number[] {
  const { prior, feeds } = priorOf(method, numbers);
  const { id } = method.adapt(world, prior, task);
  return [...evaluate([id as Tensor], feeds)[0]!];
}

/** One step of gradient descent on the support, written anew. */
function stepped([a, b]: readonly [number, number]): number[] {
  const users = [
    [1, 0.5, 1],
    [-2, 1, 0],
  ] as const;
  return [0, 1].map((k) => {
    const slope = users.reduce((total, user) => {
      const p = 1 / (1 + Math.exp(-(user[0] * a + user[1] * b)));
      return total + ((p - user[2]) * user[k]!) / (2 + config.supportShrinkage);
    }, 0);
    return [a, b][k]! - 0.5 * slope;
  });
}

test("every item starts from one embedding and takes the gradient step", () => {
  const own = { "own.maker.mean": [0.2, -0.1] };
  adapted(sameId, own, { support, anchor }).forEach((x, k) =>
    expect(x).toBeCloseTo(stepped([0.2, -0.1])[k]!, 6),
  );
  adapted(sameId, own, { support: nobody, anchor }).forEach((x, k) =>
    expect(x).toBeCloseTo([0.2, -0.1][k]!, 6),
  );
});

const generator = {
  "own.maker.generator.weight": [1, 2, -1, 0.5],
  "own.maker.generator.bias": [0.1, 0.2],
  "own.maker.logGain": [Math.log(2)],
};
// z W + b = (.3 + .7 + .1, .6 - .35 + .2)
const made: [number, number] = [2 * Math.tanh(1.1), 2 * Math.tanh(0.45)];

test("MetaEmb's first embedding is `e^g tanh(W z + b)`; events warm it from there", () => {
  adapted(metaEmb, generator, { support: nobody, anchor }).forEach((x, k) =>
    expect(x).toBeCloseTo(made[k]!, 6),
  );
  adapted(metaEmb, generator, { support, anchor }).forEach((x, k) =>
    expect(x).toBeCloseTo(stepped(made)[k]!, 6),
  );
});

const networks = {
  "own.maker.mean": [0.2, -0.1],
  "own.maker.scale.hidden.weight": [1, 0, 0, 1],
  "own.maker.scale.out.weight": [2, 0, 0, 2],
  "own.maker.scale.out.bias": [1, 1],
  "own.maker.shift.hidden.weight": [1, 0, 0, 1],
  "own.maker.shift.out.weight": [1, 0, 0, 1],
  "own.maker.shift.out.bias": [0.25, 0.5],
};

test("MWUF scales by the attributes and shifts by the mean of the users so far", () => {
  const warmed = stepped([0.2, -0.1]);
  // scale = 2 relu(z) + 1 = (1.6, 1); the mean user is (-.5, .75): shift = relu + bias = (.25, 1.25)
  const expected = [1.6 * warmed[0]! + 0.25, warmed[1]! + 1.25];
  adapted(mwuf, networks, { support, anchor }).forEach((x, k) => expect(x).toBeCloseTo(expected[k]!, 6));
  const cold = [1.6 * 0.2, -0.1];
  adapted(mwuf, networks, { support: nobody, anchor }).forEach((x, k) => expect(x).toBeCloseTo(cold[k]!, 6));
});

test.each([
  ["same-id", sameId, { "own.maker.mean": [0.2, -0.1] }],
  ["meta-emb", metaEmb, generator],
  ["mwuf", mwuf, networks],
] as const)(
  "%s: the maker learns from the adapted loss, the network from the plain one",
  (_, method, numbers) => {
    const { prior, feeds } = priorOf(method, numbers);
    const task: TaskInputs = { support, anchor };
    const fitted = { fast: method.adapt(world, prior, task), task, rows: query };
    const loss = world.loss(method.score(world, prior, fitted), query, 0);
    const penalty = method.penalty!(world, prior, { ...fitted, query });
    const slopes = (of: Tensor): Record<string, number> => {
      const tree = grad(of, prior as unknown as Params<Tensor>) as Params<Tensor>;
      const leaves = flatten<Tensor>(tree);
      const values = evaluate(
        leaves.map(([, leaf]) => leaf),
        feeds,
      );
      return Object.fromEntries(
        leaves.map(([path], i) => [path, values[i]!.reduce((size, x) => size + Math.abs(x), 0)]),
      );
    };
    const [adaptedSlopes, penaltySlopes] = [slopes(loss), slopes(penalty)];
    expect(adaptedSlopes["network.gain"]).toBe(0);
    expect(penaltySlopes["network.gain"]).toBeGreaterThan(0.01);
    for (const path of Object.keys(numbers).filter((name) => !name.includes("hidden")))
      expect([path, adaptedSlopes[path]! > 1e-4]).toEqual([path, true]);
    expect(adaptedSlopes["own.logRate"]).toBeGreaterThan(1e-4);
  },
);

test.each([
  ["same-id", sameId, { "own.maker.mean": [0.2, -0.1] }, [0.2, -0.1]],
  // Scaled by the attributes, and not shifted: before the first event there are no users.
  ["mwuf", mwuf, networks, [1.6 * 0.2, -0.1]],
] as const)(
  "%s: the penalty is a ninth of the cold loss and the plain loss under the item's own embedding, by hand",
  (_, method, numbers, cold) => {
    const { prior, feeds } = priorOf(method, numbers);
    const task: TaskInputs = { support, anchor };
    const both = { fast: method.adapt(world, prior, task), task, rows: query, query };
    const mean = ([a, b]: readonly [number, number]): number =>
      (Math.log1p(Math.exp(-(0.5 * a + b))) + Math.log1p(Math.exp(a - b))) / 2;
    const expected = mean(cold) / 9 + mean([1, 2]);
    expect(evaluate([method.penalty!(world, prior, both)], feeds)[0]![0]).toBeCloseTo(expected, 6);
  },
);

test("tasks about people, and items without ID embeddings, are refused", () => {
  const people = { ...world, config: { ...config, about: "user" } } as const;
  expect(() => metaEmb.shapes(people)).toThrow(
    "method meta-emb: expected tasks about items, and items with ID embeddings, got tasks about users",
  );
  expect(() => mwuf.shapes({ ...world, spec: { ...spec, itemId: 0 } })).toThrow(
    "items without ID embeddings",
  );
});
