import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { Task } from "../../tasks/task.ts";
import { combine, type DomainGradient } from "./combine.ts";
import type { Combining, JointPrior } from "./joint-types.ts";

const at = (content: number[], source = 0, target = 0): JointPrior => ({
  shared: { content: Float32Array.from(content) },
  source: { id: Float32Array.of(source) },
  target: { id: Float32Array.of(target) },
  adversary: {},
});
const groups = new Map<number, readonly Task[]>([
  [0, []],
  [1, []],
]);
/** Target: grad (1, 0); source: grad (-1, 1) plus the first parameter. */
const gradientOf: DomainGradient = async (prior, { domain }) =>
  domain === 0
    ? { loss: 1, side: "target", gradient: at([1, 0], 0, 5) }
    : { loss: 3, side: "source", gradient: at([-1 + prior.shared.content[0]!, 1], 4, 0) };
const combined = async (how: Combining) =>
  combine(groups, { how, prior: at([0, 0]), rng: createRng(1), gradientOf, rate: 0.5 });

test("sums add up; heads get their own domain's gradient", async () => {
  const { gradient, info } = await combined("sum");
  expect(gradient).toEqual(at([0, 1], 4, 5));
  expect(info["loss"]).toBe(2);
});

test("projection takes conflicts out of what is shared, by hand, and leaves heads alone", async () => {
  const { gradient, info } = await combined("project");
  expect(gradient).toEqual(at([0.5, 1.5], 4, 5));
  expect(info["cosine"]).toBeCloseTo(-Math.SQRT1_2);
});

test("hold out: the held-out domain's gradient is taken where a step on the others leads", async () => {
  const { gradient } = await combined("hold out");
  // Held out is the source: one step of .5 along (1, 0) moves the first parameter to -.5, so its gradient is (-1.5, 1).
  // Held out is the target, whose gradient is the same everywhere: the plain sum.
  const found = Array.from(gradient.shared.content);
  expect([
    [-0.5, 1],
    [0, 1],
  ]).toContainEqual(found);
  const seeds = await Promise.all(
    Array.from({ length: 12 }, (_, seed) =>
      combine(groups, { how: "hold out", prior: at([0, 0]), rng: createRng(seed), gradientOf, rate: 0.5 }),
    ),
  );
  const kinds = new Set(seeds.map((one) => one.gradient.shared.content[0]));
  expect(kinds).toEqual(new Set([-0.5, 0]));
});
