import { expect, test } from "vitest";
import { createRng } from "../src/base/rng.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { emptyHistory, type History, type Query, type Ranker } from "../src/data/query.ts";
import { checkerboard, checkerboardValue } from "./worlds/checkerboard.ts";

export interface RankerContract {
  /** Makes the ranker from training data alone. */
  fit(train: Dataset): Promise<Ranker> | Ranker;
  /** Whether a short history tells it the colours of the checkerboard by score; otherwise the reason why it cannot. */
  readonly ranksCheckerboard: true | { readonly cannot: string };
  /** Same, for predicted values; leave out when it predicts none. */
  readonly ratesCheckerboard?: true | { readonly cannot: string };
}

/**
 * What every ranker keeps, whoever made it. One call in a test file registers the whole suite.
 *
 * @example rankerContract("popularity", { fit: fitPopularity, ranksCheckerboard: { cannot: "ignores the history" } });
 */
export function rankerContract(name: string, contract: RankerContract): void {
  const train = checkerboard({ seed: 5 });
  const fitted = Promise.resolve().then(() => contract.fit(train));
  const items = Int32Array.from(train.items.ids, (_, i) => i);

  for (const [what, query] of Object.entries(queries(train))) {
    test(`${name}: ${what}: finite, repeatable, order of candidates irrelevant, query untouched`, async () => {
      const ranker = await fitted;
      const before = JSON.stringify(query);
      await keepsScoring(items, (rows) => ranker.score(query, rows));
      if (ranker.rate !== undefined)
        await keepsScoring(items, async (rows) => (await ranker.rate?.(query, rows)) ?? rows);
      expect(JSON.stringify(query)).toBe(before);
    });
  }

  test(`${name}: no candidates is no scores`, async () => {
    expect(await (await fitted).score({ history: emptyHistory }, new Int32Array(0))).toHaveLength(0);
  });

  test(`${name}: fitting again gives the same ranker and leaves the data as it was`, async () => {
    const copy = structuredClone(train);
    const again = await contract.fit(train);
    expect(train).toEqual(copy);
    const query = { history: colours(0, 4) };
    expect(await again.score(query, items)).toEqual(await (await fitted).score(query, items));
  });

  const { ranksCheckerboard: ranks, ratesCheckerboard: rates } = contract;
  register(`${name}: ranks the checkerboard by colour`, ranks, async () => {
    for (const user of [0, 1])
      await separates(user, async (query, rows) => (await fitted).score(query, rows));
  });
  if (rates === undefined) return;
  register(`${name}: rates the checkerboard by colour`, rates, async () => {
    for (const user of [0, 1]) {
      await separates(
        user,
        async (query, rows) => (await (await fitted).rate?.(query, rows)) ?? new Float32Array(rows.length),
      );
    }
  });
}

/** Requests with more and more known about them; a cold user is one without `user`. */
function queries(train: Dataset): Record<string, Query> {
  const time = Math.max(...(train.interactions.time ?? [0]));
  const unseen = train.items.ids.length - 1;
  return {
    "a stranger": { history: emptyHistory },
    "a stranger with a time and features": {
      history: emptyHistory,
      time,
      features: { age: 30, country: "none" },
    },
    "a long time ago": { history: emptyHistory, time: 1 },
    "one event": { history: colours(0, 1), time },
    "five events": { history: colours(1, 5) },
    "only dislikes": { history: { items: Int32Array.of(1, 3), values: Float32Array.of(1, 1) } },
    "an item nobody used": { history: { items: Int32Array.of(unseen), values: Float32Array.of(5) } },
    "an item later than training": {
      history: { items: Int32Array.of(unseen + 5), values: Float32Array.of(5) },
    },
    "a known user": { user: 0, history: colours(0, 3) },
  };
}

/** What user `user` would say of the first `count` items. */
function colours(user: number, count: number): History {
  const items = Int32Array.from({ length: count }, (_, i) => i);
  return { items, values: Float32Array.from(items, (item) => checkerboardValue(user, item)) };
}

async function keepsScoring(
  items: Int32Array,
  score: (rows: Int32Array) => Promise<ArrayLike<number>>,
): Promise<void> {
  const [first, second] = [Array.from(await score(items)), Array.from(await score(items))];
  expect(first).toHaveLength(items.length);
  expect(first.filter((s) => !Number.isFinite(s))).toEqual([]);
  expect(second).toEqual(first);
  const order = createRng(9).shuffle(items);
  const permuted = Array.from(await score(Int32Array.from(order)));
  permuted.forEach((s, at) => expect(s).toBeCloseTo(first[order[at] ?? -1] ?? Number.NaN, 4));
}

/** After six events of one user, every unseen item of the right colour stands above every one of the other. */
async function separates(
  user: number,
  score: (query: Query, rows: Int32Array) => Promise<Float32Array>,
): Promise<void> {
  const rows = Int32Array.from({ length: 30 }, (_, i) => i + 6);
  const scores = [...(await score({ history: colours(user, 6) }, rows))];
  const right = scores.filter((_, at) => checkerboardValue(user, rows[at] ?? 0) === 5);
  const wrong = scores.filter((_, at) => checkerboardValue(user, rows[at] ?? 0) === 1);
  expect(Math.min(...right)).toBeGreaterThan(Math.max(...wrong));
}

function register(title: string, can: true | { readonly cannot: string }, run: () => Promise<void>): void {
  if (can === true) test(title, run);
  else test.skip(`${title} (cannot: ${can.cannot})`, run);
}
