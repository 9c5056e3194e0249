import { expect, test } from "vitest";
import { domainWorld } from "../../../testing/worlds/two-domains.ts";
import { silentProgress } from "../../base/progress.ts";
import { likeCounts } from "../../baselines/columns.ts";
import { joinDomains } from "../../data/join/join.ts";
import { emptyHistory } from "../../data/query.ts";
import { generic } from "../../evaluate/protocols/generic.ts";
import { defaultTransferConfig } from "./config.ts";
import { shareOfPeople, type TransferCell } from "./experiment.ts";
import { isOracle, oracles } from "./oracles.ts";
import { wholeCells } from "./run-transfer.ts";
import { alone, strategies } from "./strategies.ts";
import type { Strategy, StrategyRequest } from "./strategy.ts";

const pairing = "neighbours";
const source = domainWorld({ name: "there", users: 60, pairing, seed: 2 });
const target = domainWorld({ name: "here", users: 500, pairing, seed: 1 });
const everybody = generic(target, { seed: 1 }).train;
const few = shareOfPeople(everybody, 0.05, 1);
const half = Int32Array.from(target.items.ids, (_, row) => (row % 2 === 0 ? row : -1));
const config = {
  ...defaultTransferConfig,
  embeddingSize: 8,
  learningRate: 0.02,
  epochs: 8,
  catalogue: 96,
  sourceCatalogue: 96,
};
const request: StrategyRequest = {
  joined: { ...joinDomains(source, target), itemTwins: half },
  target: few,
  config,
  seed: 1,
  context: { progress: silentProgress },
  remember: (_, make) => make(),
};
const items = Int32Array.from(target.items.ids.keys());
const scoresOf = async (name: string): Promise<Float32Array> => {
  const oracle = oracles.find((one) => one.name === name)!;
  return (await oracle.fit(request)).score({ history: emptyHistory }, items);
};

test("popularity is told of common items or of all, and is what the few like otherwise", async () => {
  const [own, truth] = [likeCounts(few), likeCounts(everybody)];
  const ratio = few.warmUsers.length / everybody.warmUsers.length;
  const [common, all] = [await scoresOf("oracle-common"), await scoresOf("oracle-popularity")];
  for (const item of items) {
    expect(all[item]).toBeCloseTo(ratio * truth[item]!, 4);
    expect(common[item]).toBeCloseTo(item % 2 === 0 ? ratio * truth[item]! : own[item]!, 4);
  }
});

test("the head that all people taught knows which genres go together, the few do not", async () => {
  const history = { items: Int32Array.of(0, 8), values: Float32Array.of(1, 1) };
  const partner = async (strategy: Strategy): Promise<number> => {
    const scores = await (await strategy.fit(request)).score({ history }, items);
    const mean = (genre: number): number =>
      items.filter((item) => item % 8 === genre).reduce((sum, item) => sum + scores[item]!, 0) / 12;
    return mean(1) - (mean(2) + mean(3) + mean(4) + mean(5) + mean(6) + mean(7)) / 6;
  };
  expect(await partner(oracles[2]!)).toBeGreaterThan((await partner(alone)) + 0.5);
});

test("oracles are no strategies", () => {
  expect(strategies.some(({ name }) => isOracle(name))).toBe(false);
});

test("of known cells, draws with the target alone and systems asked in all of them are whole", () => {
  const cell = (system: string, draw: number): TransferCell =>
    ({ system, draw, share: 0.1 }) as unknown as TransferCell;
  const all = [
    cell(alone.name, 0),
    cell("features", 0),
    cell("shared", 0),
    cell(alone.name, 1),
    cell("shared", 1),
    cell("shared", 2),
    cell("features", 2),
  ];
  expect(wholeCells(all).map(({ system, draw }) => `${system} ${draw}`)).toEqual([
    "target-alone 0",
    "shared 0",
    "target-alone 1",
    "shared 1",
  ]);
});
