import { expect, test } from "vitest";
import { checkerboard, checkerboardValue } from "../../testing/worlds/checkerboard.ts";
import type { Ranker } from "../data/query.ts";
import { withTraining } from "../data/splits/training.ts";
import { evaluateRanker } from "./evaluate.ts";
import { metricNamed } from "./metrics/named.ts";
import { coldUsersInTime } from "./protocols/cold-users-in-time.ts";
import type { Protocol } from "./protocols/protocol.ts";

/** Everybody rated everything, so what a person likes is all in the truth. */
const world = checkerboard({ seed: 4, density: 1 });
const metrics = ["mae", "ndcg_binary@5", "auc"].map(metricNamed);

/** Knows that the colour of the first event is the person's. */
const oracle: Ranker = {
  name: "oracle",
  async score({ history }, items) {
    const colour = ((history.items[0] ?? 0) + (history.values[0] === 5 ? 0 : 1)) % 2;
    return Float32Array.from(items, (item) => (item % 2 === colour ? 1 : 0));
  },
  async rate(query, items) {
    return (await oracle.score(query, items)).map((s) => 1 + 4 * s);
  },
};

test("who knows the answer is perfect from the first event on, and chance before", async () => {
  const { groups } = await evaluateRanker(oracle, coldUsersInTime(world, { seed: 1, shots: [0, 1] }), {
    metrics,
    seed: 1,
  });
  const [none, one] = groups;
  expect(one?.ids.length).toBe(12);
  expect([...(one?.metrics.mae ?? [])]).toEqual(new Array(12).fill(0));
  expect([...(one?.metrics["ndcg_binary@5"] ?? [])]).toEqual(new Array(12).fill(1));
  expect([...(one?.metrics.auc ?? [])]).toEqual(new Array(12).fill(1));
  expect(mean(none?.metrics.auc)).toBeLessThan(0.9);
  expect(mean(none?.metrics.mae)).toBeGreaterThan(1);
});

test("a task without relevant items or a ranker without values gives NaN, not zero", async () => {
  const cases = [
    {
      id: "a",
      query: { history: { items: new Int32Array(0), values: new Float32Array(0) } },
      candidates: Int32Array.of(0, 1, 2),
      truth: { items: Int32Array.of(1), values: Float32Array.of(checkerboardValue(0, 1)) },
    },
  ];
  const protocol: Protocol = {
    name: "toy",
    candidates: "full",
    scale: world.scale,
    train: withTraining(world, world.interactions),
    groups: [{ state: "s", shots: 0, draw: 3, cases }],
  };
  const silent: Ranker = { name: "silent", score: async (_query, items) => new Float32Array(items.length) };
  const evaluation = await evaluateRanker(silent, protocol, { metrics, seed: 1 });
  const nan = Float64Array.of(Number.NaN);
  expect(evaluation).toEqual({
    system: "silent",
    protocol: "toy",
    candidates: "full",
    groups: [
      { state: "s", shots: 0, draw: 3, ids: ["a"], metrics: { mae: nan, "ndcg_binary@5": nan, auc: nan } },
    ],
  });
});

test("scores that do not fit are refused with the name of the ranker's fault", async () => {
  const protocol = coldUsersInTime(world, { seed: 1, shots: [1] });
  const run = (ranker: Ranker) => evaluateRanker(ranker, protocol, { metrics, seed: 1 });
  await expect(run({ name: "short", score: async () => new Float32Array(1) })).rejects.toThrow(
    /scores, one an item, got 1/,
  );
  const nan: Ranker["score"] = async (_query, items) => new Float32Array(items.length).fill(Number.NaN);
  await expect(run({ name: "nan", score: nan })).rejects.toThrow(/NaN/);
  await expect(run({ ...oracle, name: "nan", rate: nan })).rejects.toThrow(
    /values predicted by nan for u\d+/,
  );
});

test("a metric of values alone asks for no ranking, and cancelling stops", async () => {
  const protocol = coldUsersInTime(world, { seed: 1, shots: [1] });
  const never: Ranker = { ...oracle, score: () => Promise.reject(new Error("asked for scores")) };
  await evaluateRanker(
    { ...never, rate: async (_query, items) => new Float32Array(items.length) },
    protocol,
    {
      metrics: [metricNamed("mae")],
      seed: 1,
    },
  );
  const context = { progress: { start: () => ({ update() {}, finish() {} }) }, signal: AbortSignal.abort() };
  await expect(evaluateRanker(oracle, protocol, { metrics, seed: 1, context })).rejects.toThrow(
    /a stop after 0/,
  );
});

function mean(values: Float64Array | undefined): number {
  return (values ?? new Float64Array(0)).reduce((sum, v) => sum + v, 0) / (values?.length ?? 0);
}
