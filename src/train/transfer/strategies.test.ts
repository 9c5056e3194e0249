import { beforeAll, describe, expect, test } from "vitest";
import { type DomainWorldOptions, domainWorld, partnerOf } from "../../../testing/worlds/two-domains.ts";
import { silentProgress } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import { joinDomains } from "../../data/join/join.ts";
import type { Ranker } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { defaultTransferConfig, type TransferConfig } from "./config.ts";
import { alone, strategies } from "./strategies.ts";
import type { Strategy } from "./strategy.ts";

const GENRES = 8;
const config: TransferConfig = {
  ...defaultTransferConfig,
  embeddingSize: 8,
  learningRate: 0.02,
  epochs: 8,
  sourceEpochs: 12,
  idDropout: 0.9,
  penalty: { embeddings: 1e-3, network: 1e-2 },
  catalogue: 96,
  sourceCatalogue: 96,
};
const world = (options: Partial<DomainWorldOptions> & Pick<DomainWorldOptions, "name">): Dataset =>
  domainWorld({ users: 40, pairing: "neighbours", seed: 1, ...options });

/**
 * Of somebody who used two items of a genre: how far the genre that goes with it stands above the other six, in units of
 * the spread of all scores. 0 for whoever does not know.
 */
async function knowsPairs(ranker: Ranker): Promise<number> {
  const items = Int32Array.from({ length: 96 }, (_, i) => i);
  const gaps = await Promise.all(
    [...new Array(GENRES).keys()].map(async (genre) => {
      const history = {
        items: Int32Array.of(genre, genre + GENRES),
        values: Float32Array.of(1, 1),
        times: Float64Array.of(1_510_000_000, 1_510_086_400),
      };
      const scores = await ranker.score({ history, time: 1_510_086_400 }, items);
      const mean = (of: (genre: number) => boolean): number => {
        const found = scores.filter((_, item) => of(item % GENRES));
        return found.reduce((sum, x) => sum + x, 0) / found.length;
      };
      const partner = partnerOf(genre, "neighbours");
      const [right, wrong] = [mean((g) => g === partner), mean((g) => g !== partner && g !== genre)];
      const centre = mean(() => true);
      const spread = Math.sqrt(scores.reduce((sum, x) => sum + (x - centre) ** 2, 0) / scores.length);
      return (right - wrong) / spread;
    }),
  );
  return gaps.reduce((sum, x) => sum + x, 0) / GENRES;
}

/** Strategies on one pair of worlds; what depends on the source is computed once. */
function onWorlds(source: Dataset, target: Dataset): (strategy: Strategy) => Promise<number> {
  const joined = joinDomains(source, target);
  const kept = new Map<string, Promise<unknown>>();
  const remember = <T>(name: string, make: () => Promise<T>): Promise<T> => {
    if (!kept.has(name)) kept.set(name, make());
    return kept.get(name) as Promise<T>;
  };
  const request = { joined, target: withTraining(target, target.interactions), config, seed: 1, remember };
  const context = { progress: silentProgress };
  return async (strategy) => knowsPairs(await strategy.fit({ ...request, context }));
}

describe("a related source, many people there and few in the target", () => {
  const measure = onWorlds(world({ name: "there", users: 400, seed: 2 }), world({ name: "here" }));
  let own = 0;
  beforeAll(async () => {
    own = await measure(alone);
  });

  test("few people alone teach little of which genres go together", () => {
    expect(own).toBeLessThan(0.8);
  });

  test.each(strategies.map((strategy) => [strategy.name, strategy] as const))(
    "%s knows it better",
    async (_, strategy) => {
      const gain = (await measure(strategy)) - own;
      expect(gain).toBeGreaterThan(0.5);
    },
  );
});

test("a source where other genres go together misleads parameter transfer", async () => {
  const measure = onWorlds(
    world({ name: "there", users: 400, seed: 2, pairing: "opposites" }),
    world({ name: "here" }),
  );
  const parameters = strategies.find(({ name }) => name === "parameters")!;
  expect(await measure(parameters)).toBeLessThan(await measure(alone));
});
