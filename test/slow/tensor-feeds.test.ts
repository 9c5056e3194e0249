import { expect, test } from "vitest";
import { compile, input, slice } from "../../src/tensor/index.ts";

const elements = 50_000_000;
const feed = new Float32Array(elements).fill(3);
const feedMb = feed.byteLength / 2 ** 20;

/** By how many MB the largest memory of this process so far grows through runs that read a large feed. */
async function growth(offThread: boolean): Promise<number> {
  const x = input("x", [elements]);
  const program = await compile({ x }, { y: slice(x, 0, 5, 9) }, { offThread });
  const before = process.resourceUsage().maxRSS;
  for (let i = 0; i < 3; i++) expect([...(await program.run({ x: feed })).y]).toEqual([3, 3, 3, 3]);
  await program.release();
  return (process.resourceUsage().maxRSS - before) / 1024;
}

test("feeds are read where they lie, and copied once on the way to a worker thread", async () => {
  expect(await growth(false)).toBeLessThan(0.1 * feedMb);
  expect(await growth(true)).toBeGreaterThan(0.5 * feedMb);
});
