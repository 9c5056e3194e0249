import { expect, test } from "vitest";
import {
  compile,
  grad,
  input,
  matmul,
  mean,
  mul,
  programCache,
  square,
  sub,
} from "../../src/tensor/index.ts";

/** Runs `work` so many times and returns memory in MB at each tenth; the first tenth warms caches up. */
async function soak(times: number, work: (i: number) => Promise<void>): Promise<number[]> {
  const memory: number[] = [];
  for (let i = 1; i <= times; i++) {
    await work(i);
    if (i % (times / 10) === 0) memory.push(process.memoryUsage().rss / 2 ** 20);
  }
  return memory;
}

/** What leaks grows with every tenth after the first. */
function expectBounded(memory: readonly number[]): void {
  const growth = (memory.at(-1) ?? Number.NaN) - (memory[0] ?? Number.NaN);
  expect(growth, `MB at each tenth: ${memory.map(Math.round).join(" ")}`).toBeLessThan(50);
}

test.each([
  ["on the thread", false, 1_000_000],
  ["off the thread", true, 100_000],
])("runs of a small program %s keep memory bounded and the result the same", async (_, offThread, runs) => {
  const [x, w] = [input("x", [16, 8]), input("w", [8, 4])];
  const loss = mean(square(sub(matmul(x, w), 1)));
  const program = await compile({ x, w }, { loss, g: grad(loss, w) }, { offThread });
  const feeds = { x: new Float32Array(128).fill(0.25), w: new Float32Array(32).fill(0.125) };
  const first = await program.run(feeds);
  const memory = await soak(runs, async (i) => {
    const { loss: value } = await program.run(feeds);
    if (value[0] !== first.loss[0]) throw new Error(`run ${i}: ${value[0]}, at first ${first.loss[0]}`);
  });
  expectBounded(memory);
  await program.release();
});

test("300 programs compiled and released keep memory bounded", async () => {
  const memory = await soak(300, async () => {
    const x = input("x", [32, 32]);
    const program = await compile({ x }, { g: grad(mean(square(matmul(x, x))), x) });
    await program.run({ x: new Float32Array(1024) });
    await program.release();
  });
  expectBounded(memory);
});

test.each([
  ["on the thread", false, 100_000],
  ["off the thread", true, 20_000],
])("programs compiled through a cache of four %s keep memory bounded", async (_, offThread, times) => {
  const cache = programCache({
    capacity: 4,
    build(n: number) {
      const x = input("x", [n]);
      return compile({ x }, { y: mul(x, 2) }, { offThread });
    },
  });
  const memory = await soak(times, async (i) => {
    const n = 1 + (i % 5);
    const { y } = await (await cache.get(n)).run({ x: new Float32Array(n).fill(i) });
    if (y[n - 1] !== Math.fround(2 * i) || cache.size > 4) throw new Error(`get ${i}: ${y[n - 1]}`);
  });
  expectBounded(memory);
  await cache.release();
});
