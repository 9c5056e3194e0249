import { expect, test } from "vitest";
import { compile, grad, input, matmul, mean, square, sub } from "../../src/tensor/index.ts";

const RUNS = 100_000;

test(`${RUNS} runs of a small program keep memory bounded and the result the same`, async () => {
  const [x, w] = [input("x", [16, 8]), input("w", [8, 4])];
  const loss = mean(square(sub(matmul(x, w), 1)));
  const program = await compile({ x, w }, { loss, g: grad(loss, w) });
  const feeds = { x: new Float32Array(128).fill(0.25), w: new Float32Array(32).fill(0.125) };
  const first = await program.run(feeds);
  const memory: number[] = [];
  for (let i = 1; i <= RUNS; i++) {
    const { loss: value } = await program.run(feeds);
    if (value[0] !== first.loss[0]) throw new Error(`run ${i}: ${value[0]}, at first ${first.loss[0]}`);
    if (i % (RUNS / 10) === 0) memory.push(process.memoryUsage().rss / 2 ** 20);
  }
  // The first tenth warms caches up; what leaks grows with every tenth after it.
  const growth = (memory.at(-1) ?? Number.NaN) - (memory[0] ?? Number.NaN);
  expect(growth, `MB at each tenth: ${memory.map(Math.round).join(" ")}`).toBeLessThan(50);
});

test("300 programs compiled and released keep memory bounded", async () => {
  const memory: number[] = [];
  for (let i = 0; i < 300; i++) {
    const x = input("x", [32, 32]);
    const program = await compile({ x }, { g: grad(mean(square(matmul(x, x))), x) });
    await program.run({ x: new Float32Array(1024) });
    await program.release();
    if (i % 30 === 29) memory.push(process.memoryUsage().rss / 2 ** 20);
  }
  const growth = (memory.at(-1) ?? Number.NaN) - (memory[0] ?? Number.NaN);
  expect(growth, `MB at each tenth: ${memory.map(Math.round).join(" ")}`).toBeLessThan(50);
});
