import { expect, test } from "vitest";
import { effortOf, type HalvingOptions, nextJob, type RungJob, type RungResult } from "./halving.ts";

/** Runs to the end, `jobs` at a time; a trial's value is its number, failures are those in `failing`. */
function run(options: HalvingOptions, jobs = 1, failing: readonly number[] = []): RungResult[] {
  const results: RungResult[] = [];
  for (;;) {
    const batch: RungJob[] = [];
    for (let job = nextJob(results, batch, options); job && batch.length < jobs; ) {
      batch.push(job);
      job = nextJob(results, batch, options);
    }
    if (batch.length === 0) return results;
    results.push(
      ...batch.map((job) => ({ ...job, value: failing.includes(job.trial) ? Number.NaN : job.trial })),
    );
  }
}

const trialsAt = (results: readonly RungResult[], rung: number): number[] =>
  results.filter((one) => one.rung === rung).map(({ trial }) => trial);

test("nine trials that get worse: a third of each rung goes on, the others are stopped early", () => {
  const results = run({ trials: 9, rungs: 3 });
  expect(trialsAt(results, 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(trialsAt(results, 1)).toEqual([0, 1, 2]);
  expect(trialsAt(results, 2)).toEqual([0]);
});

test("a promotion comes before a new trial, as soon as three are known", () => {
  const order = run({ trials: 4, rungs: 2 }).map(({ trial, rung }) => `${trial}/${rung}`);
  expect(order).toEqual(["0/0", "1/0", "2/0", "0/1", "3/0"]);
});

test("the winner is measured in full even when a rung has too few for a third", () => {
  const results = run({ trials: 4, rungs: 3 });
  expect(trialsAt(results, 2)).toEqual([0]);
});

test("failed trials are never promoted; the trial that is kept goes to the top whatever it measures", () => {
  const results = run({ trials: 9, rungs: 3, keep: 8 }, 1, [0, 1]);
  expect(trialsAt(results, 1)).not.toContain(0);
  expect(trialsAt(results, 2)).toEqual([2, 8]);
  expect(trialsAt(run({ trials: 3, rungs: 2, keep: 1 }, 1, [0, 1, 2]), 1)).toEqual([]);
});

test("with several at a time nothing is measured twice, and bad trials are still stopped", () => {
  const results = run({ trials: 27, rungs: 3 }, 4);
  const keys = results.map(({ trial, rung }) => `${trial}/${rung}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(trialsAt(results, 0)).toHaveLength(27);
  expect(trialsAt(results, 1).length).toBeLessThanOrEqual(10);
  expect(trialsAt(results, 2)).toContain(0);
});

test("one rung measures every trial once, in full", () => {
  expect(run({ trials: 5, rungs: 1 }, 2)).toHaveLength(5);
  expect(effortOf(0, { trials: 5, rungs: 1 })).toBe(1);
  expect([0, 1, 2].map((rung) => effortOf(rung, { trials: 5, rungs: 3 }))).toEqual([1 / 9, 1 / 3, 1]);
});
