import { expect, test } from "vitest";
import { tinyWorld } from "../../../testing/worlds/tiny.ts";
import { twoShops } from "../../../testing/worlds/two-shops.ts";
import { silentProgress } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import { type JoinedDomains, joinDomains } from "../../data/join/join.ts";
import { whereItems } from "../../data/join/where.ts";
import { emptyHistory } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { defaultTransferConfig } from "./config.ts";
import { answerQuestion } from "./experiment.ts";
import { oneWorld } from "./overlap.ts";
import { overlapStrategies } from "./strategies.ts";
import type { StrategyRequest } from "./strategy.ts";

const kinds = 4;
const world = twoShops({ kinds });
const films = whereItems(world.train, "shop=films");

function requestOf(joined: JoinedDomains, target: Dataset): StrategyRequest {
  const context = { progress: silentProgress };
  const remember = <T>(_: string, make: () => Promise<T>): Promise<T> => make();
  const train = withTraining(target, target.interactions);
  return { joined, target: train, config: defaultTransferConfig, seed: 1, context, remember };
}

test.each(overlapStrategies)(
  "$name: what cold people liked in the source says what they want",
  async (strategy) => {
    const joined = joinDomains(whereItems(world.train, "shop=books"), films, { sharedUsers: true });
    const ranker = await strategy.fit(requestOf(joined, films));
    const all = Int32Array.from(films.items.ids.keys());
    let right = 0;
    for (const user of world.cold) {
      const scores = await ranker.score({ user, history: emptyHistory }, all);
      const top = [...all].sort((a, b) => scores[b]! - scores[a]!).slice(0, 6);
      right += top.filter((film) => world.kindOf(film) === kinds - 1 - world.kindOf(user)).length;
    }
    expect(right / (6 * world.cold.length)).toBeGreaterThan(0.9);
    // Six books and two films of kind 1: films of that kind come second.
    const history = { items: Int32Array.of(1, 5), values: Float32Array.of(1, 1) };
    const scores = await ranker.score({ user: world.cold[0]!, history }, all);
    const mean = (kind: number): number =>
      scores.reduce((sum, score, film) => sum + (world.kindOf(film) === kind ? score : 0), 0);
    const order = [0, 1, 2, 3].sort((a, b) => mean(b) - mean(a));
    expect(order.slice(0, 2)).toEqual([kinds - 1 - world.kindOf(world.cold[0]!), 1]);
  },
);

test("an experiment says who asks: nothing is known of them here, all in the source", async () => {
  const joined = joinDomains(whereItems(world.train, "shop=books"), films, { sharedUsers: true });
  const fit = { ...requestOf(joined, films), seconds: () => 0 };
  const first = async (system: string): Promise<number> => {
    const { test: answers } = await answerQuestion({ joined, system, draw: 0, share: 1, people: 100 }, fit);
    const values = answers.groups[0]!.metrics["ndcg_binary@10"]!;
    return values.reduce((sum, x) => sum + x, 0) / values.length;
  };
  expect(await first("domain-mixture")).toBeGreaterThan(2 * (await first("popularity")));
});

const column = { kind: "categorical", values: ["x", "x"] } as const;
const shop = (
  name: string,
  events: readonly (readonly [number, number, number])[],
  ids: readonly string[],
) => {
  const data = tinyWorld(events, { users: ids.length, items: 2, itemColumns: { column } });
  return { ...data, name, users: { ids, columns: {} } };
};

test("two domains as one data set, by hand", () => {
  const source = shop(
    "there",
    [
      [0, 0, 5],
      [0, 1, 1],
      [1, 1, 5],
      [2, 1, 5],
    ],
    ["p", "q", "r"],
  );
  const target = shop(
    "here",
    [
      [0, 0, 5],
      [1, 1, 5],
    ],
    ["q", "s"],
  );
  const joined = joinDomains(source, target, { sharedUsers: true });
  const { train, offset, overlap, likedThere } = oneWorld(requestOf(joined, target));
  expect([offset, overlap]).toEqual([2, 1]);
  expect([...likedThere(0)]).toEqual([1]);
  expect([...likedThere(1)]).toEqual([]);
  // q is row 0, s row 1; p and r stand behind them, at the places 2 + 0 and 2 + 2. One event was no like.
  expect([...train.interactions.user]).toEqual([2, 0, 4, 0, 1]);
  expect([...train.interactions.item]).toEqual([0, 1, 1, 2, 3]);
});

test("what the target has as well is not known from the source", () => {
  const source = shop(
    "there",
    [
      [0, 0, 5],
      [0, 1, 5],
    ],
    ["p"],
  );
  const target = { ...shop("here", [[0, 0, 5]], ["p"]), items: { ...source.items, ids: ["0", "z"] } };
  const shared = { ...source, items: { ...source.items, ids: ["0", "1"] } };
  const joined = joinDomains(shared, target, { sharedUsers: true, sharedItems: true });
  expect([...oneWorld(requestOf(joined, target)).likedThere(0)]).toEqual([1]);
});
