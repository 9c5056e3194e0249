import { expect, test } from "vitest";
import { checkerboard, checkerboardValue } from "../../testing/worlds/checkerboard.ts";
import { createRng } from "../base/rng.ts";
import { emptyHistory, type Query, type Ranker } from "../data/query.ts";
import { type TrainingDataset, withTraining } from "../data/splits/training.ts";
import { fitEnsemble } from "./ensemble.ts";
import { equalWeights, stackLists, stackRatings, standardised } from "./ensemble-weights.ts";

const free = { shrinkage: 0, towards: equalWeights(2) };

test("least squares by hand: the truth is 1 + 2 a + 0 b", () => {
  const [a, b] = [
    [1, 2, 3, 4],
    [1, -1, -1, 1],
  ] as const;
  const { weights, intercept } = stackRatings({ predicted: [a, b], truth: a.map((x) => 1 + 2 * x) }, free);
  expect([...weights, intercept]).toEqual([2, 0, 1].map((x) => expect.closeTo(x, 5)));
});

test("a member that is wrong the other way round gets nothing, not a negative weight", () => {
  const a = [1, 2, 3, 4];
  const { weights } = stackRatings({ predicted: [a, [4.1, 3, 2, 1]], truth: a }, free);
  expect([...weights]).toEqual([expect.closeTo(1, 4), 0]);
});

test("shrinkage keeps what little data cannot move, and lets much data decide", () => {
  const rng = createRng(1);
  const rows = (n: number) => {
    const [a, b] = [0, 1].map(() => Float64Array.from({ length: n }, () => rng.normal()));
    return { predicted: [a!, b!], truth: a! };
  };
  const options = { shrinkage: 100, towards: equalWeights(2) };
  expect(stackRatings(rows(4), options).weights[0]).toBeLessThan(0.6);
  expect(stackRatings(rows(10_000), options).weights[0]).toBeGreaterThan(0.98);
});

test("lists: the weights are where the derivative vanishes, found by a fine grid", () => {
  const rng = createRng(3);
  const lists = Array.from({ length: 40 }, () => {
    const truth = Array.from({ length: 12 }, () => rng.normal());
    const noisy = (noise: number) => standardised(truth.map((x) => x + noise * rng.normal()));
    const liked = [...truth.keys()].sort((i, j) => truth[j]! - truth[i]!).slice(0, 2);
    return { scores: [noisy(0.6), noisy(1.5), standardised(truth.map(() => rng.normal()))], liked };
  });
  const loss = (w: readonly number[]): number =>
    lists.reduce((sum, { scores, liked }) => {
      const total = scores[0]!.map((_, i) => scores.reduce((s, z, m) => s + w[m]! * z[i]!, 0));
      const log = Math.log(total.reduce((s, x) => s + Math.exp(x), 0));
      return sum + liked.reduce((s, i) => s + (log - total[i]!) / liked.length, 0) / lists.length;
    }, 0);
  const { weights } = stackLists(lists, { shrinkage: 0, towards: equalWeights(3) });
  const best = loss([...weights]);
  for (let m = 0; m < 3; m++)
    for (const by of [-0.05, 0.05]) {
      const moved = Array.from(weights, (x, k) => (k === m ? Math.max(0, x + by) : x));
      expect(loss(moved)).toBeGreaterThanOrEqual(best - 1e-9);
    }
  expect(weights[0]).toBeGreaterThan(2 * weights[1]!);
});

const world = checkerboard({ users: 80, items: 60 });
const train = withTraining(world, world.interactions);
const seen: { name: string; events: number }[] = [];

/** "colour" knows people by two events, "fair" says 3 whoever asks, "noise" anything. */
async function fitMember(name: string, on: TrainingDataset): Promise<Ranker> {
  seen.push({ name, events: on.interactions.user.length });
  const colourOf = ({ history }: Query): number => {
    const [item, value] = [history.items[0], history.values[0]];
    return item === undefined ? 0 : (item % 2 === 0) === value! > 3 ? 1 : -1;
  };
  const rng = createRng(name);
  const rate = async (query: Query, items: Int32Array): Promise<Float32Array> =>
    Float32Array.from(items, (item) => {
      if (name === "fair") return 3;
      if (name === "noise") return 3 + 2 * rng.normal();
      return 3 + 2 * colourOf(query) * (item % 2 === 0 ? 1 : -1);
    });
  return { name, score: rate, rate };
}

test("ratings: whoever knows is believed once there are events; strangers get the fair guess", async () => {
  seen.length = 0;
  const { ranker, combinations, members } = await fitEnsemble(
    train,
    { members: "fair, colour ,noise", shrinkage: 1 },
    { purpose: "query set", seed: 1, fitMember },
  );
  expect(members).toEqual(["fair", "colour", "noise"]);
  expect(seen.map(({ name }) => name)).toEqual(["fair", "colour", "noise", "fair", "colour", "noise"]);
  expect(seen[0]!.events).toBeLessThan(seen[3]!.events);
  expect(combinations["4-10"]!.weights[1]).toBeGreaterThan(0.95);
  expect(combinations["4-10"]!.weights[2]).toBeLessThan(0.05);
  const items = Int32Array.of(2, 3, 4);
  const history = { items: Int32Array.of(0, 1, 7, 8), values: Float32Array.of(5, 1, 1, 5) };
  const known = await ranker.rate!({ history }, items);
  expect([...known]).toEqual([2, 3, 4].map((i) => expect.closeTo(checkerboardValue(0, i), 0)));
  for (const value of await ranker.rate!({ history: emptyHistory }, items))
    expect(Math.abs(value - 3)).toBeLessThan(0.5);
  // nobody ever rated the last item: its own weights
  expect(Object.keys(combinations)).toContain("cold");
});

test("a member that is wrong about cold items is believed about the others", async () => {
  const member = async (name: string, on: TrainingDataset): Promise<Ranker> => {
    const { rate } = await fitMember(name, on);
    const known = new Set(on.warmItems);
    const flipped = async (query: Query, items: Int32Array): Promise<Float32Array> => {
      const right = (await rate?.(query, items)) ?? new Float32Array(0);
      return right.map((value, i) => (known.has(items[i]!) ? value : 6 - value));
    };
    return { name, score: flipped, rate: flipped };
  };
  const { ranker } = await fitEnsemble(
    train,
    { members: "fair,colour", shrinkage: 1, coldItems: 0.3 },
    { purpose: "query set", seed: 1, fitMember: member },
  );
  const history = { items: Int32Array.of(0, 1, 7, 8), values: Float32Array.of(5, 1, 1, 5) };
  // the last item of the world is in nobody's history
  const [warm, cold] = await ranker.rate!({ history }, Int32Array.of(3, 59));
  expect(warm).toBeCloseTo(1, 0);
  expect(Math.abs(cold! - 3)).toBeLessThan(0.5);
});

test("lists: the member whose order is right leads", async () => {
  const options = { purpose: "full" as const, seed: 1, fitMember };
  const { ranker, combinations } = await fitEnsemble(
    train,
    { members: "noise,colour", refit: false },
    options,
  );
  const { weights } = combinations["4-10"]!;
  expect(weights[1]).toBeGreaterThan(2 * weights[0]!);
  const history = { items: Int32Array.of(0, 1), values: Float32Array.of(5, 1) };
  const scores = await ranker.score(
    { history },
    Int32Array.from({ length: 40 }, (_, i) => i + 2),
  );
  const mean = (odd: number): number => scores.reduce((sum, x, i) => sum + (i % 2 === odd ? x : 0), 0) / 20;
  expect(mean(0) - mean(1)).toBeGreaterThan(1);
});

test("what cannot be combined is named", async () => {
  const options = { purpose: "query set" as const, seed: 1, fitMember };
  await expect(fitEnsemble(train, { members: "fair" }, options)).rejects.toThrow(
    "two or more different systems",
  );
  await expect(fitEnsemble(train, { members: "fair+ensemble" }, options)).rejects.toThrow(
    "other than the ensemble",
  );
  await expect(fitEnsemble(train, { members: "fair,ensemble" }, options)).rejects.toThrow(
    "other than the ensemble",
  );
  const lists = async (name: string): Promise<Ranker> => {
    const { score } = await fitMember(name, train);
    return { name, score };
  };
  await expect(fitEnsemble(train, { members: "a,b" }, { ...options, fitMember: lists })).rejects.toThrow(
    "expected systems that predict ratings, got a",
  );
});
