import { expect, test } from "vitest";
import { domainWorld } from "../../../testing/worlds/two-domains.ts";
import { silentProgress } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { likeCounts } from "../../baselines/columns.ts";
import { joinDomains } from "../../data/join/join.ts";
import { emptyHistory } from "../../data/query.ts";
import { selectRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { defaultTransferConfig } from "./config.ts";
import { rankCorrelation } from "./distance.ts";
import { shareOfPeople, type TransferCell } from "./experiment.ts";
import { isOracle, oracles } from "./oracles.ts";
import { wholeCells } from "./run-transfer.ts";
import { alone, strategies } from "./strategies.ts";
import type { Strategy } from "./strategy.ts";

const pairing = "neighbours";
const source = domainWorld({ name: "there", users: 60, pairing, seed: 2 });

/** A quarter of the items is used as often as people like, the others hardly: what few people cannot tell of each. */
function unevenWorld() {
  const whole = domainWorld({ name: "here", users: 500, pairing, seed: 1 });
  const rng = createRng(3);
  const { item } = whole.interactions;
  const rows = Int32Array.from(item.keys()).filter((row) => item[row]! % 4 === 0 || rng.next() < 0.15);
  return { ...whole, interactions: selectRows(whole.interactions, rows) };
}

const target = unevenWorld();
const everybody = withTraining(target, target.interactions);
const request = {
  joined: joinDomains(source, target),
  target: shareOfPeople(everybody, 0.05, 1),
  config: {
    ...defaultTransferConfig,
    embeddingSize: 8,
    learningRate: 0.02,
    epochs: 20,
    penalty: { embeddings: 1e-3, network: 1e-2 },
    catalogue: 96,
    sourceCatalogue: 96,
  },
  seed: 1,
  context: { progress: silentProgress },
  remember: <T>(_: string, make: () => Promise<T>): Promise<T> => make(),
};
const items = Int32Array.from({ length: 96 }, (_, i) => i);

/** Rank correlation of what a stranger is offered and what everybody likes. */
async function knowsPopularity(strategy: Strategy): Promise<number> {
  const ranker = await strategy.fit(request);
  const scores = await ranker.score({ history: emptyHistory, time: 1_510_000_000 }, items);
  return rankCorrelation([...scores], [...likeCounts(everybody)]);
}

test("who is told how popular items are knows it better; of common items only where there are any", async () => {
  const [common, popularity] = oracles;
  const own = await knowsPopularity(alone);
  expect(await knowsPopularity(popularity!)).toBeGreaterThan(own + 0.1);
  // No item of the two is the same, so nothing is told.
  expect(await knowsPopularity(common!)).toBeCloseTo(own, 1);
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
