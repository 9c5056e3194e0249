import { describe, expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { flatten } from "../tensor/tree.ts";
import * as optim from "./index.ts";

/** Parameters of some layers, all in float64; the updates of a step are written from the whole past, without state. */
type Leaves = Readonly<Record<string, readonly number[]>>;

interface Past {
  /** `[step][element]` of one leaf, this step's gradient the last. */
  readonly gradients: readonly (readonly number[])[];
  readonly rate: number;
  readonly decay: number;
}

/** What one optimiser adds to a leaf. */
type Reference = (x: readonly number[], past: Past) => number[];

const STEPS = 50;
const start: Leaves = { "layer.weight": [1, -2, 0.5, 3], "layer.bias": [0.25, -0.75], scale: [2] };
const masked = (path: string): boolean => path !== "layer.bias";

/** `sum_s factor^(t - s) f(g_s)` for every element. */
function faded(gradients: Past["gradients"], factor: number, f: (g: number) => number): number[] {
  const [first = []] = gradients;
  return first.map((_, i) =>
    gradients.reduce((total, g, s) => total + factor ** (gradients.length - 1 - s) * f(g[i]!), 0),
  );
}

const heavyBall =
  (momentum: number): Reference =>
  (_, { gradients, rate }) =>
    faded(gradients, momentum, (g) => g).map((v) => -rate * v);

const nesterov =
  (momentum: number): Reference =>
  (_, { gradients, rate }) =>
    faded(gradients, momentum, (g) => g).map((v, i) => -rate * (gradients.at(-1)![i]! + momentum * v));

interface Moments {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Both moments as weighted means of the past: the weights add up to one, which is what bias correction does. */
function adamDirection(gradients: Past["gradients"], { beta1, beta2, epsilon }: Moments): number[] {
  const weightsOf = (beta: number): number => gradients.reduce((a, _, s) => a + beta ** s, 0);
  const mean = faded(gradients, beta1, (g) => g).map((m) => m / weightsOf(beta1));
  const spread = faded(gradients, beta2, (g) => g * g).map((v) => Math.sqrt(v / weightsOf(beta2)));
  return mean.map((m, i) => m / (spread[i]! + epsilon));
}

const adamReference =
  (moments: Moments): Reference =>
  (x, { gradients, rate, decay }) =>
    adamDirection(gradients, moments).map((d, i) => -rate * (d + decay * x[i]!));

const lambReference =
  (moments: Moments): Reference =>
  (x, { gradients, rate, decay }) => {
    const u = adamDirection(gradients, moments).map((d, i) => d + decay * x[i]!);
    const [size, length] = [Math.hypot(...x), Math.hypot(...u)];
    const trust = size === 0 || length === 0 ? 1 : size / length;
    return u.map((d) => -rate * trust * d);
  };

const adagradReference =
  (initial: number, epsilon: number): Reference =>
  (_, { gradients, rate }) =>
    faded(gradients, 1, (g) => g * g).map(
      (s, i) => (-rate * gradients.at(-1)![i]!) / (Math.sqrt(initial + s) + epsilon),
    );

const usual: Moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const other: Moments = { beta1: 0.7, beta2: 0.95, epsilon: 1e-3 };

/** Ten steps up, then down in stairs of a third. */
const schedule = optim.linearWarmup(10, optim.stepDecay({ from: 0.06, factor: 1 / 3, every: 12 }));
const scheduled = (step: number): number => {
  if (step < 10) return 0.006 * (step + 1);
  return [0.06, 0.02, 0.02 / 3, 0.02 / 9][Math.floor((step - 10) / 12)]!;
};
const cosine = optim.cosineDecay({ from: 0.05, to: 0.01, steps: 40 });
const cosined = (step: number): number =>
  step >= 40 ? 0.01 : 0.01 + 0.04 * Math.cos((Math.PI * step) / 80) ** 2;

interface Row {
  readonly name: string;
  readonly transform: optim.Transform;
  readonly reference: Reference;
  readonly rate?: (step: number) => number;
  readonly decay?: number;
  /** All gradients of a step before the optimiser sees them. */
  readonly clip?: (gradients: Leaves) => Leaves;
}

const everywhere =
  (f: (g: number, all: Leaves) => number) =>
  (all: Leaves): Leaves =>
    Object.fromEntries(Object.entries(all).map(([path, leaf]) => [path, leaf.map((g) => f(g, all))]));
const lengthOf = (all: Leaves): number => Math.hypot(...Object.values(all).flat());

const { chain } = optim;
const decaying = { weightDecay: 0.1, mask: masked };
const rows: readonly Row[] = [
  { name: "sgd", transform: optim.sgd({ learningRate: 0.1 }), reference: heavyBall(0) },
  {
    name: "sgd on a schedule",
    transform: optim.sgd({ learningRate: schedule }),
    reference: heavyBall(0),
    rate: scheduled,
  },
  { name: "momentum", transform: optim.sgd({ learningRate: 0.1, momentum: 0.8 }), reference: heavyBall(0.8) },
  {
    name: "momentum on a cosine",
    transform: optim.sgd({ learningRate: cosine, momentum: 0.9 }),
    reference: heavyBall(0.9),
    rate: cosined,
  },
  {
    name: "Nesterov",
    transform: optim.sgd({ learningRate: 0.1, momentum: 0.8, nesterov: true }),
    reference: nesterov(0.8),
  },
  { name: "adam", transform: optim.adam({ learningRate: 0.1 }), reference: adamReference(usual) },
  {
    name: "adam, other moments, on a schedule",
    transform: optim.adam({ learningRate: schedule, ...other }),
    reference: adamReference(other),
    rate: scheduled,
  },
  {
    name: "adamW, masked",
    transform: optim.adamW({ learningRate: 0.1, ...decaying }),
    reference: adamReference(usual),
    decay: 0.1,
  },
  {
    name: "adagrad",
    transform: optim.adagrad({ learningRate: 0.1 }),
    reference: adagradReference(0, 1e-10),
  },
  {
    name: "adagrad with a start, on a cosine",
    transform: optim.adagrad({ learningRate: cosine, initial: 0.4, epsilon: 0.01 }),
    reference: adagradReference(0.4, 0.01),
    rate: cosined,
  },
  {
    name: "lamb, masked",
    transform: optim.lamb({ learningRate: 0.1, ...decaying }),
    reference: lambReference({ ...usual, epsilon: 1e-6 }),
    decay: 0.1,
  },
  {
    name: "lamb, other moments, on a schedule",
    transform: optim.lamb({ learningRate: schedule, ...other, weightDecay: 0 }),
    reference: lambReference(other),
    rate: scheduled,
  },
  {
    name: "clipped by value",
    transform: chain(optim.clipByValue(0.3), optim.sgd({ learningRate: 0.1, momentum: 0.5 })),
    reference: heavyBall(0.5),
    clip: everywhere((g) => Math.sign(g) * Math.min(Math.abs(g), 0.3)),
  },
  {
    name: "clipped by norm",
    transform: chain(optim.clipByGlobalNorm(2), optim.adamW({ learningRate: 0.1, ...decaying })),
    reference: adamReference(usual),
    decay: 0.1,
    clip: everywhere((g, all) => g / Math.max(1, lengthOf(all) / 2)),
  },
];

const stepsOf = (label: string): Leaves[] => {
  const rng = createRng("lock-step").split(label);
  const scales = [1, 1e-3, 20, 1];
  return Array.from({ length: STEPS }, () => everywhere((_) => 0)(start)).map((zero) =>
    Object.fromEntries(
      Object.entries(zero).map(([path, leaf]) => [
        path,
        leaf.map((_, i) => Math.fround(scales[i]! * rng.normal())),
      ]),
    ),
  );
};

const asArrays = (leaves: Leaves): optim.Arrays => ({
  layer: {
    weight: Float32Array.from(leaves["layer.weight"]!),
    bias: Float32Array.from(leaves["layer.bias"]!),
  },
  scale: Float32Array.from(leaves["scale"]!),
});

describe("50 random steps like a float64 reference that has no state", () => {
  test.each(rows)("$name", ({ name, transform, reference, rate = () => 0.1, decay = 0, clip = (g) => g }) => {
    const steps = stepsOf(name);
    let wanted = start;
    let params = asArrays(start);
    let state = transform.init(params);
    steps.forEach((gradients, step) => {
      const seen = steps.slice(0, step + 1).map(clip);
      wanted = Object.fromEntries(
        Object.entries(wanted).map(([path, x]) => {
          const past = {
            gradients: seen.map((g) => g[path]!),
            rate: rate(step),
            decay: masked(path) ? decay : 0,
          };
          const added = reference(x, past);
          return [path, x.map((value, i) => value + added[i]!)];
        }),
      );
      const [updates, next] = transform.update(asArrays(gradients), state, params);
      [params, state] = [optim.applyUpdates(params, updates), next];
      for (const [path, leaf] of flatten<Float32Array>(params)) expectNear(leaf, wanted[path]!);
    });
    expect(Object.values(wanted).flat()).not.toEqual(Object.values(start).flat());
  });
});

/** Within a few roundings of float32, of the largest number there. */
function expectNear(got: ArrayLike<number>, wanted: readonly number[]): void {
  const size = Math.max(1, ...wanted.map(Math.abs));
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(5e-6 * size));
}

test("rowAdam: each row by the gradients that met it, the rate by the step of all", () => {
  const [count, width] = [5, 3];
  const rng = createRng("lock-step").split("rowAdam");
  const table = Float32Array.from({ length: count * width }, () => rng.normal());
  const wanted = Array.from({ length: count }, (_, row) =>
    Array.from(table.subarray(row * width, (row + 1) * width)),
  );
  const met: number[][][] = wanted.map(() => []);
  const optimiser = optim.rowAdam({ learningRate: schedule, weightDecay: 0.05, ...other });
  let state = optimiser.init(table, width);
  for (let step = 0; step < STEPS; step++) {
    const rows = rng.sample([0, 1, 2, 3, 4, 4], 1 + rng.int(4));
    const values = rows.map(() => Array.from({ length: width }, () => Math.fround(rng.normal())));
    for (const row of new Set(rows)) {
      const mine = values.filter((_, i) => rows[i] === row);
      met[row]!.push(mine.reduce((a, b) => a.map((x, j) => x + b[j]!)));
      const past = { gradients: met[row]!, rate: scheduled(step), decay: 0.05 };
      const added = adamReference(other)(wanted[row]!, past);
      wanted[row] = wanted[row]!.map((x, j) => x + added[j]!);
    }
    state = optimiser.update(
      { rows: Int32Array.from(rows), values: Float32Array.from(values.flat()) },
      state,
      table,
    );
    expectNear(table, wanted.flat());
  }
});

test("every optimiser has a row", () => {
  const makers = ["sgd", "adam", "adamW", "adagrad", "lamb"];
  const tried = new Set(rows.map(({ name }) => name.split(/[ ,]/)[0]));
  expect(makers.filter((name) => !tried.has(name))).toEqual([]);
});
