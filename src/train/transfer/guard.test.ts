import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { Evaluation } from "../../evaluate/evaluation.ts";
import { rankCorrelation } from "./distance.ts";
import { chosenBy, guardVerdicts, perPerson } from "./guard.ts";

const metric = "ndcg_binary@10";
const evaluation = (system: string, values: readonly number[]): Evaluation => ({
  system,
  protocol: "guard",
  candidates: "full",
  groups: [0, 1].map((shots) => ({
    state: "cold-user",
    shots,
    draw: 0,
    ids: values.map((_, i) => `p${i}`),
    metrics: { [metric]: Float64Array.from(values, (value) => value + shots) },
  })),
});
const rng = createRng(1);
const base = Array.from({ length: 60 }, () => rng.next());
const own = evaluation("target-alone", base);
const moved = (system: string, by: number): Evaluation =>
  evaluation(
    system,
    base.map((value) => value + by + 0.1 * rng.normal()),
  );

test("what helps is let through, what hurts or does nothing is refused", () => {
  const others = [moved("helps", 0.1), moved("helps more", 0.2), moved("hurts", -0.1), own];
  const verdicts = guardVerdicts(own, others, { metric, seed: 1 });
  expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, false, false]);
  expect(chosenBy(verdicts)).toBe("helps more");
  expect(chosenBy(verdicts.slice(2))).toBeUndefined();
});

test("whatever few people say is refused", () => {
  const few = (one: Evaluation, people: number): Evaluation => ({
    ...one,
    groups: one.groups.map(({ ids, metrics, ...group }) => ({
      ...group,
      ids: ids.slice(0, people),
      metrics: { [metric]: (metrics[metric] as Float64Array).slice(0, people) },
    })),
  });
  const helps = moved("helps", 0.5);
  const allowed = [19, 20].map(
    (people) => guardVerdicts(few(own, people), [few(helps, people)], { metric, seed: 1 })[0]?.allowed,
  );
  expect(allowed).toEqual([false, true]);
});

test("a person's value is the mean over shots, or that of some", () => {
  const one = [evaluation("a", [0.25, 0.5])];
  expect([...perPerson(one, { metric }).values()]).toEqual([0.75, 1]);
  expect([...perPerson(one, { metric, shots: 1 }).values()]).toEqual([1.25, 1.5]);
});

test("rank correlations by hand", () => {
  expect(rankCorrelation([1, 5, 9], [2, 3, 40])).toBeCloseTo(1);
  expect(rankCorrelation([1, 5, 9], [9, 5, 1])).toBeCloseTo(-1);
  // Ranks (1.5, 1.5, 3) and (1, 2, 3): products 0.25 + 0 + 1 ... = 1.5 of sqrt(1.5 * 2).
  expect(rankCorrelation([1, 1, 2], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(3));
});
