import { afterAll, beforeAll, expect, test } from "vitest";
import { backendContract } from "../../../testing/backend-contract.ts";
import type { Backend } from "../backend.ts";
import { compile, input, matmul, mul, type Program, sum, type Tensor, tanh } from "../index.ts";
import { onnxBackend } from "./onnxruntime.ts";

const cpu = onnxBackend("cpu");
const away: Backend = {
  name: "onnxruntime-cpu in a worker thread",
  load: (graph, options) => cpu.load(graph, { ...options, offThread: true }),
};

// The thread ends with its last program: one that stays spares the suite hundreds of starts.
let stays: Program<{ x: Tensor }, { y: Tensor }>;
beforeAll(async () => {
  const x = input("x", []);
  stays = await compile({ x }, { y: x }, { offThread: true });
});
afterAll(() => stays.release());

backendContract({ backend: away, tolerance: 2e-6 });

type Long = Program<{ x: Tensor }, { y: Tensor }>;

/** About 3 GFLOP: many ticks long on any machine. */
function long(offThread?: boolean): Promise<Long> {
  const x = input("x", [512, 512]);
  let y = x;
  for (let i = 0; i < 12; i++) y = tanh(matmul(y, x));
  return compile({ x }, { y }, offThread === undefined ? {} : { offThread });
}

const feeds = { x: Float32Array.from({ length: 512 * 512 }, (_, i) => Math.sin(i) / 20) };

/** How often the event loop came round between the start and the end of a run. */
async function turnsDuring(program: Long): Promise<number> {
  await program.run(feeds);
  let [turns, done] = [0, false];
  const run = program.run(feeds).then(() => {
    done = true;
  });
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await run;
  return turns;
}

test("the event loop turns during a run off the thread, and hardly during one on it", async () => {
  const [there, here] = [await long(true), await long(false)];
  expect(await turnsDuring(here)).toBeLessThan(10);
  expect(await turnsDuring(there)).toBeGreaterThan(100);
  await Promise.all([there.release(), here.release()]);
});

test("both ways give the same bits, and a long program goes off the thread by itself", async () => {
  const [there, here, chosen] = [await long(true), await long(false), await long()];
  const { y } = await here.run(feeds);
  expect((await there.run(feeds)).y).toEqual(y);
  expect(await turnsDuring(chosen)).toBeGreaterThan(100);
  await Promise.all([there, here, chosen].map((program) => program.release()));
});

test("feeds may be changed as soon as a run was asked for, and a small program stays on the thread", async () => {
  const x = input("x", [2]);
  const program = await compile({ x }, { y: mul(x, 2), total: sum(x) }, { offThread: true });
  const fed = Float32Array.of(1, 2);
  const run = program.run({ x: fed });
  fed.fill(9);
  const { y, total } = await run;
  expect([[...y], [...total]]).toEqual([[2, 4], [3]]);
  await program.release();
});
