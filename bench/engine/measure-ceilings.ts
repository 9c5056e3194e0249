/** Prints the ceilings of this machine as JSON; see ceilings.ts. */
import { add, compile, input, matmul, type Tensor } from "../../src/tensor/index.ts";
import type { Ceilings } from "./ceilings.ts";

const threads = Number(process.argv[2]);

async function fastest(x: Tensor, y: Tensor): Promise<number> {
  const program = await compile({ x }, { y }, { threads, offThread: false });
  const feeds = { x: new Float32Array(x.shape.reduce((a, b) => a * b, 1)).fill(0.5) };
  const into = new Float32Array(y.shape.reduce((a, b) => a * b, 1));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    await program.run(feeds, { into: { y: into } });
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

const [n, long, times] = [768, 2 ** 17, 50];
const square = input("x", [n, n]);
const vector = input("x", [long]);
// Many additions in one program, so that starting a run does not count.
const sums = Array.from({ length: times }).reduce<Tensor>((sum) => add(sum, vector), vector);
const found: Ceilings = {
  gflops: (2 * n ** 3) / (await fastest(square, matmul(square, square))) / 1e9,
  gigabytes: (12 * long * times) / (await fastest(vector, sums)) / 1e9,
};
console.log(JSON.stringify(found));
