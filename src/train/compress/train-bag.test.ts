import { expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { bagGradient, meanCosine, trainBag } from "./train-bag.ts";

const bag = () => ({
  width: 2,
  table: Float32Array.of(1, 0.2, -0.3, 0.8, 0.5, 0.5),
  weights: Float32Array.of(1, 2, 0.5),
  bias: Float32Array.of(0.1, -0.2),
});
const lesson = {
  tokens: [
    [0, 1],
    [1, 2, 2],
  ],
  vectors: { width: 2, data: Float32Array.of(0.6, 0.8, 1, 0) },
};

test("gradients of a bag are those of finite differences", () => {
  const { rows, table, logWeights, bias } = bagGradient(bag(), lesson, [0, 1]);
  expect([...rows]).toEqual([0, 1, 2]);
  const lossAt = (change: (moved: ReturnType<typeof bag>) => void): number => {
    const moved = bag();
    change(moved);
    return 1 - meanCosine(moved, lesson, [0, 1]);
  };
  const slope = (change: (moved: ReturnType<typeof bag>, by: number) => void): number =>
    (lossAt((moved) => change(moved, 1e-2)) - lossAt((moved) => change(moved, -1e-2))) / 2e-2;
  table.forEach((g, k) =>
    expect(g).toBeCloseTo(
      slope((b, by) => void (b.table[k]! += by)),
      3,
    ),
  );
  bias.forEach((g, k) =>
    expect(g).toBeCloseTo(
      slope((b, by) => void (b.bias[k]! += by)),
      3,
    ),
  );
  logWeights.forEach((g, k) =>
    expect(g).toBeCloseTo(
      slope((b, by) => void (b.weights[k]! *= Math.exp(by))),
      3,
    ),
  );
});

test("a bag that is taught by a bag finds it, also on texts that were held out", async () => {
  const rng = createRng(3);
  const [tokens, width, count] = [12, 4, 400];
  const normals = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());
  const truth = {
    width,
    table: normals(tokens * width),
    weights: new Float32Array(tokens).fill(1),
    bias: new Float32Array(width),
  };
  const texts = Array.from({ length: count }, () => Array.from({ length: 3 }, () => rng.int(tokens)));
  const data = new Float32Array(count * width);
  texts.forEach((text, i) => {
    const sum = Array.from({ length: width }, (_, j) =>
      text.reduce((s, t) => s + truth.table[t * width + j]!, 0),
    );
    const length = Math.hypot(...sum);
    data.set(
      sum.map((x) => x / length),
      i * width,
    );
  });
  const taught = { tokens: texts, vectors: { width, data } };
  const start = { ...truth, table: normals(tokens * width) };
  const all = texts.map((_, i) => i);
  expect(meanCosine(start, taught, all)).toBeLessThan(0.5);
  const options = { epochs: 400, learningRate: 0.01, rng: createRng(1) };
  const found = await trainBag(start, taught, options, { progress: silentProgress });
  expect(meanCosine(found, taught, all)).toBeGreaterThan(0.9);
});
