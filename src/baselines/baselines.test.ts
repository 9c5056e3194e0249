import { expect, test } from "vitest";
import { rankerContract } from "../../testing/ranker-contract.ts";
import { type BaselineConfig, baselines } from "./baselines.ts";

const ignoresHistory = { cannot: "it ignores the history" } as const;
const knows: Readonly<
  Record<string, Pick<Parameters<typeof rankerContract>[1], "ranksCheckerboard" | "ratesCheckerboard">>
> = {
  popularity: { ranksCheckerboard: ignoresHistory },
  "recent-popularity": { ranksCheckerboard: ignoresHistory },
  "item-mean": { ranksCheckerboard: ignoresHistory, ratesCheckerboard: ignoresHistory },
  "item-user-bias": {
    ranksCheckerboard: { cannot: "everybody's order is the same" },
    ratesCheckerboard: { cannot: "the user's offset is the same for all items" },
  },
  "item-knn": { ranksCheckerboard: true, ratesCheckerboard: true },
  "content-knn": {
    ranksCheckerboard: { cannot: "the item table says nothing of the colours" },
    ratesCheckerboard: { cannot: "the item table says nothing of the colours" },
  },
  "random-walk": { ranksCheckerboard: true },
  ease: { ranksCheckerboard: true },
  ials: { ranksCheckerboard: true },
  bpr: { ranksCheckerboard: true },
  features: { ranksCheckerboard: true },
};

/** In a world where popularity means nothing, its weight should be nothing. */
const small: Readonly<Record<string, BaselineConfig>> = {
  ease: { popularity: 0 },
  "user-knn": { popularity: 0 },
  ials: { popularity: 0, embeddingSize: 2 },
  features: { embeddingSize: 8, epochs: 40, contentWeight: 0.1 },
};

for (const { name, fit } of baselines) {
  const told = knows[name] ?? { ranksCheckerboard: true, ratesCheckerboard: true };
  rankerContract(name, { fit: (train) => fit(train, small[name]), ...told });
}

test("every baseline has one name and refuses settings it does not have", async () => {
  expect(new Set(baselines.map(({ name }) => name)).size).toBe(baselines.length);
  const { checkerboard } = await import("../../testing/worlds/checkerboard.ts");
  for (const { fit, name } of baselines) {
    await expect(fit(checkerboard(), { dim: 3 })).rejects.toThrow(`${name}.dim: expected one of`);
  }
});
