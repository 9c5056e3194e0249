import { expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { silentProgress } from "../../base/progress.ts";
import { syntheticWorld } from "../../data/synthetic.ts";
import { rankEncoders } from "./rank-encoders.ts";

const context = { progress: silentProgress, clock: systemClock };

test("without encoders the probe and content-knn stand beside each other, best first, asked of few", async () => {
  const scores = await rankEncoders(
    syntheticWorld({ seed: 1 }),
    { encoders: [], seed: 1, people: 40 },
    context,
  );
  expect(scores.map(({ encoder }) => encoder).sort()).toEqual(["content-knn", "no encoder"]);
  expect(scores[0]!.mean).toBeGreaterThanOrEqual(scores[1]!.mean);
  expect(scores.every(({ tasks, width }) => tasks > 0 && tasks <= 40 && width === 0)).toBe(true);
});

test("an encoder that is not here is refused before anything is computed", async () => {
  const asked = rankEncoders(syntheticWorld({ seed: 1 }), { encoders: ["nowhere"], seed: 1 }, context);
  await expect(asked).rejects.toThrow(/one that is here, got nowhere/);
});
