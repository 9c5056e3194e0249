import { expect, test } from "vitest";
import { shelvesWorld } from "../../testing/worlds/shelves.ts";
import { silentProgress } from "../base/progress.ts";
import { coldDomains } from "../evaluate/protocols/cold-domains.ts";
import { evaluatePairs } from "../evaluate/protocols/pairs.ts";
import { fitDomainNetwork } from "./domain-networks.ts";

const { train, groups, ...rest } = coldDomains(shelvesWorld(), { seed: 1, shots: [0, 5, 20] });
const fit = { seed: 1, validFraction: 0.2, context: { progress: silentProgress } };
const small = {
  embeddingSize: 4,
  hidden: "16",
  batchTasks: 16,
  maxQuery: 20,
  repeats: 4,
  epochs: 30,
  patience: 30,
  innerLearningRate: 0.3,
  learningRate: 1e-2,
  supportShrinkage: 1,
};

/** Share of pairs on new shelves that are told right, at 0, 5 and 20 events. */
async function accuracy(method: string): Promise<number[]> {
  const { scorer } = await fitDomainNetwork(train, { ...small, method }, fit);
  const judged = await evaluatePairs(scorer, { ...rest, train, groups });
  return judged.groups.map(({ probability, liked }) => {
    const right = probability.filter((p, i) => p > 0.5 === (liked[i] === 1));
    return right.length / liked.length;
  });
}

test("MAML learns what shelves have in common: five events of a new one tell which colour is liked there", async () => {
  const [cold, five, twenty] = await accuracy("maml");
  expect(cold).toBeLessThan(0.75);
  expect(five).toBeGreaterThan(0.9);
  expect(twenty).toBeGreaterThan(0.95);
}, 60_000);

test("a plain network on the same tasks cannot: nothing adapts", async () => {
  const [cold, five, twenty] = await accuracy("none");
  expect(five).toBe(cold);
  expect(twenty).toBe(cold);
  expect(cold).toBeLessThan(0.75);
}, 60_000);

test("an attribute that tells no domains apart is refused", async () => {
  await expect(async () => fitDomainNetwork(train, { ...small, column: "size" }, fit)).rejects.toThrow(
    'domain tasks by "size"',
  );
});
