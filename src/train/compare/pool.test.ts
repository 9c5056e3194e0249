import { expect, test } from "vitest";
import { runPool } from "./pool.ts";

const tick = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

test("results are in order, and no more run at once than allowed", async () => {
  let [running, most] = [0, 0];
  const tasks = [30, 5, 20, 1, 10].map((ms, at) => async () => {
    most = Math.max(most, ++running);
    await tick(ms);
    running--;
    return at;
  });
  expect(await runPool(tasks, 2)).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
  expect(await runPool([], 4)).toEqual([]);
});

test("after a failure nothing new begins, and what runs is waited for", async () => {
  const ended: string[] = [];
  const tasks = [
    async () => {
      await tick(5);
      throw new Error("first");
    },
    async () => {
      await tick(20);
      ended.push("slow");
    },
    async () => void ended.push("never"),
  ];
  await expect(runPool(tasks, 2)).rejects.toThrow("first");
  expect(ended).toEqual(["slow"]);
});
