import { expect, test } from "vitest";
import {
  fullSpec,
  numbersAt,
  plainDot,
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
import { constant, flatten, grad, type Shape, type Tensor, zeros } from "../../../tensor/index.ts";
import type { MethodWorld, PriorTensors, TaskInputs } from "../method.ts";
import { defaultNetworkConfig } from "../network-config.ts";
import { melu } from "./melu.ts";
import { memory } from "./memory.ts";

const rng = createRng(31);
const config = { ...defaultNetworkConfig, embeddingSize: 3, hidden: [4], innerSteps: 2 };
const world: MethodWorld = {
  model: mlp,
  spec: fullSpec,
  config,
  drop: (hidden) => hidden,
  noise: zeros,
  loss: losses.squared,
};
const events = plainEvents(fullSpec, 3, rng);
const support = tensorEvents(fullSpec, events);
const rows = tensorRows(fullSpec, plainRows(fullSpec, 2, rng));
const profile = [0.5, -1, 2, 0.25, 1, -0.75];
const anchor = constant(profile, [6]);
const prior: PriorTensors = {
  network: someParams(mlp.shapes(fullSpec, config), rng.split("network")),
  own: someParams(memory.shapes(world), rng.split("own")),
};
const numbers = (x: Tensor): number[] => [...evaluate([x], new Map())[0]!];

function scores(task: TaskInputs, given: PriorTensors = prior, how: MethodWorld = world): number[] {
  return numbers(memory.score(how, given, { fast: memory.adapt(how, given, task), task, rows }));
}

test("without a step, initial weights are stretched and moved by what attention over the profiles reads", () => {
  const still = { ...world, config: { ...config, innerSteps: 0 } };
  const fast = memory.adapt(still, prior, { support, anchor }) as { network: typeof prior.network };
  const keys = Array.from({ length: 8 }, (_, k) => numbersAt(prior.own, "profiles").slice(6 * k, 6 * k + 6));
  const length = (x: readonly number[]): number => Math.sqrt(plainDot(x, x));
  const sharpness = Math.exp(numbersAt(prior.own, "sharpness")[0]!);
  const fits = keys.map((key) =>
    Math.exp((sharpness * plainDot(key, profile)) / (length(key) * length(profile))),
  );
  const total = fits.reduce((a, b) => a + b, 0);
  const read = (path: string, size: number): number[] => {
    const slots = numbersAt(prior.own, path);
    return Array.from({ length: size }, (_, i) =>
      fits.reduce((sum, fit, k) => sum + (fit / total) * slots[k * size + i]!, 0),
    );
  };
  const weight = numbersAt(prior.network, "layers.0.weight");
  const inputs = weight.length / 4;
  const [stretch, moved] = [
    read("task.layers_0_weight", inputs),
    read("user.layers_0_weight", weight.length),
  ];
  numbersAt(fast.network, "layers.0.weight").forEach((w, i) =>
    expect(w).toBeCloseTo(weight[i]! * (1 + stretch[Math.floor(i / 4)]!) + moved[i]!, 7),
  );
  const bias = numbersAt(prior.network, "layers.0.bias");
  const biasMoved = read("user.layers_0_bias", 4);
  numbersAt(fast.network, "layers.0.bias").forEach((b, i) =>
    expect(b).toBeCloseTo(bias[i]! + biasMoved[i]!, 7),
  );
});

test("with empty memories it is MeLU: the same steps from the same weights", () => {
  const empty = flatten<Shape>(memory.shapes(world)).map(([path, shape]) => [path, shape] as const);
  const slots = (part: string): Record<string, Tensor> =>
    Object.fromEntries(
      empty
        .filter(([path]) => path.startsWith(`${part}.`))
        .map(([path, shape]) => [path.slice(part.length + 1), zeros(shape)]),
    );
  const own = { ...prior.own, user: slots("user"), task: slots("task") };
  const task = { support, anchor };
  const fast = melu.adapt(world, { network: prior.network, own: { logRate: prior.own["logRate"]! } }, task);
  const expected = numbers(melu.score(world, prior, { fast, task, rows }));
  scores(task, { ...prior, own }).forEach((s, i) => expect(s).toBeCloseTo(expected[i]!, 10));
});

test("people with other attributes start elsewhere; steps on the support follow", () => {
  const [one, other] = [
    scores({ support, anchor }),
    scores({ support, anchor: constant([1, 1, 0, 0, 0, 0], [6]) }),
  ];
  expect(Math.abs(one[0]! - other[0]!)).toBeGreaterThan(1e-4);
  const moved = tensorEvents(
    fullSpec,
    events.map((event) => ({ ...event, value: event.value + 1 })),
  );
  expect(Math.abs(scores({ support: moved, anchor })[0]! - one[0]!)).toBeGreaterThan(1e-4);
});

test("without attributes there are no profiles, and all slots count alike", () => {
  const bare = { ...world, spec: { ...fullSpec, user: 0 } };
  const own = memory.shapes(bare);
  expect(Object.keys(own)).not.toContain("profiles");
  const alike = {
    ...prior,
    own: Object.fromEntries(
      Object.entries(prior.own).filter(([name]) => !["profiles", "sharpness"].includes(name)),
    ),
  };
  const still = { ...world, config: { ...config, innerSteps: 0 } };
  const { network } = memory.adapt(still, alike, { support }) as { network: typeof prior.network };
  const slots = numbersAt(prior.own, "user.head_bias");
  const mean = slots.reduce((a, b) => a + b, 0) / slots.length;
  expect(numbersAt(network, "head.bias")[0]).toBeCloseTo(numbersAt(prior.network, "head.bias")[0]! + mean, 7);
});

test("every memory has a gradient", () => {
  const task = { support, anchor };
  const score = memory.score(world, prior, { fast: memory.adapt(world, prior, task), task, rows });
  const loss = losses.squared(score, { value: zeros([2]), mask: constant([1, 1], [2]) });
  const gradients = flatten<Tensor>(grad(loss, prior as never));
  const dead = gradients.filter(([, g]) => numbers(g).every((x) => x === 0)).map(([path]) => path);
  expect(dead).toEqual([]);
});
