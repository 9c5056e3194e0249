import { expect, test } from "vitest";
import { invertSpd } from "../../base/cholesky.ts";
import { createRng } from "../../base/rng.ts";
import { createDataset } from "../../data/dataset.ts";
import { defaultContentPriorOptions } from "../../encoders/content-prior.ts";
import { dotAt, sigmoid } from "./item-posterior.ts";
import { fitItemPriors, type ItemEvents, meanOf } from "./item-prior.ts";

const options = {
  rounds: 20,
  content: { ...defaultContentPriorOptions, threads: 1 },
  weightVariance: 0.3,
  levelVariance: 0.3,
};
const layout = { width: 2, level: 1 };
/** Covariance of what content does not say. */
const truth = [0.6, 0.3, 0.3, 0.5];

/** Items whose weights are `content (1, -1) + N((.5, -.25), truth)`, met by `n` users with features `(x, 1)`. */
function worldOf(items: number, n: number, scale: number) {
  const rng = createRng("item priors");
  const content = Float64Array.from({ length: items }, () => rng.normal());
  const weights = Array.from(content, (z) => {
    const [a, b] = [rng.normal(), rng.normal()];
    const first = Math.sqrt(0.6) * a;
    const second = (0.3 / Math.sqrt(0.6)) * a + Math.sqrt(0.5 - 0.15) * b;
    return Float64Array.of(0.5 + scale * z + first, -0.25 - scale * z + second);
  });
  const tasks = weights.map((w, item): ItemEvents => {
    const phi = Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? rng.normal() : 1));
    const liked = Uint8Array.from({ length: n }, (_, j) =>
      Number(rng.next() < sigmoid(dotAt(phi, 2 * j, w))),
    );
    return { item, events: { phi, liked } };
  });
  const none = { user: new Int32Array(0), item: new Int32Array(0), value: new Float32Array(0) };
  const dataset = createDataset({
    name: "items",
    users: { ids: [], columns: {} },
    items: { ids: weights.map((_, i) => `i${i}`), columns: { z: { kind: "numeric", values: content } } },
    interactions: none,
    scale: { min: 0, max: 1, liked: 1 },
    synthetic: true,
  });
  return { dataset, tasks, content };
}

test("the covariance between items is recovered, up to the approximation", async () => {
  const { dataset, tasks } = worldOf(200, 50, 0);
  const { precision, means } = await fitItemPriors(dataset, tasks, layout, options);
  invertSpd(precision, 2).forEach((v, i) => expect(Math.abs(v - truth[i]!)).toBeLessThan(0.2));
  const centre = [0, 1].map((k) => tasks.reduce((sum, { item }) => sum + means[2 * item + k]!, 0) / 200);
  expect(centre[0]).toBeCloseTo(0.5, 0);
  expect(centre[1]).toBeCloseTo(-0.25, 0);
});

test("content speaks for items it learned nothing from", async () => {
  const { dataset, tasks, content } = worldOf(150, 40, 1);
  const { means } = await fitItemPriors(dataset, tasks.slice(0, 120), layout, options);
  let [error, base] = [0, 0];
  for (let item = 120; item < 150; item++) {
    const got = meanOf(means, item, 2);
    error += Math.abs(got[0]! - (0.5 + content[item]!)) + Math.abs(got[1]! + 0.25 + content[item]!);
    base += 2 * Math.abs(content[item]!);
  }
  expect(error / base).toBeLessThan(0.5);
});
