import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { gradientCosine, projectConflicts } from "./pcgrad.ts";

const rng = createRng(1);

test("two gradients in conflict, by hand", () => {
  // g1 = (1, 0), g2 = (-1, 1), g1 . g2 = -1: g1 + 1/2 g2 = (.5, .5) and g2 + g1 = (0, 1).
  const sum = projectConflicts([Float32Array.of(1, 0), Float32Array.of(-1, 1)], rng);
  expect(Array.from(sum)).toEqual([0.5, 1.5]);
});

test("what does not conflict is added up as it is", () => {
  expect(Array.from(projectConflicts([Float32Array.of(1, 2), Float32Array.of(3, 0)], rng))).toEqual([4, 2]);
});

test("opposite gradients cancel, and a zero gradient changes nothing", () => {
  expect(Array.from(projectConflicts([Float32Array.of(1, 1), Float32Array.of(-2, -2)], rng))).toEqual([0, 0]);
  expect(Array.from(projectConflicts([Float32Array.of(1, 1), new Float32Array(2)], rng))).toEqual([1, 1]);
});

test("of two tasks the step harms neither", () => {
  const gradients = [Float32Array.of(3, -1, 0.5), Float32Array.of(-2, 1, 2)];
  const step = projectConflicts(gradients, rng);
  for (const gradient of gradients)
    expect(step.reduce((sum, x, k) => sum + x * gradient[k]!, 0)).toBeGreaterThanOrEqual(0);
});

test("cosines by hand", () => {
  expect(gradientCosine(Float32Array.of(1, 0), Float32Array.of(1, 1))).toBeCloseTo(Math.SQRT1_2);
  expect(gradientCosine(Float32Array.of(1, 0), new Float32Array(2))).toBe(0);
});
