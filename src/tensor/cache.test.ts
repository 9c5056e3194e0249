import { expect, test } from "vitest";
import type { Backend } from "./backend.ts";
import { programCache, shareSessions } from "./cache.ts";
import { compile, input, mul, type Program, referenceBackend, type Tensor } from "./index.ts";

/** The reference, counting what is loaded and what is released. */
function counting(): { backend: Backend; loaded: number; released: number } {
  const counts = { loaded: 0, released: 0, backend: referenceBackend };
  counts.backend = {
    name: "counting",
    async load(graph, options) {
      counts.loaded++;
      let running = 0;
      const executable = await referenceBackend.load(graph, options);
      return {
        async run(feeds) {
          running++;
          await new Promise((resolve) => setTimeout(resolve, 5));
          running--;
          return executable.run(feeds);
        },
        async release() {
          expect(running).toBe(0);
          counts.released++;
        },
      };
    },
  };
  return counts;
}

type Twice = Program<{ x: Tensor }, { y: Tensor }>;

function twice(n: number, backend: Backend): Promise<Twice> {
  const x = input("x", [n]);
  return compile({ x }, { y: mul(x, 2) }, { backend });
}

const toEight = (n: number): number => Math.ceil(n / 8) * 8;

test("shapes of one bucket share one program, also when they ask at the same time", async () => {
  const counts = counting();
  const cache = programCache({ bucket: toEight, build: (n) => twice(n, counts.backend) });
  const [five, eight, nine] = await Promise.all([cache.get(5), cache.get(8), cache.get(9)]);
  expect([five.bucket, eight.bucket, nine.bucket]).toEqual([8, 8, 16]);
  expect([cache.size, counts.loaded]).toEqual([2, 2]);
  const { y } = await five.run({ x: new Float32Array(8).fill(3) });
  expect([...y]).toEqual(new Array<number>(8).fill(6));
});

test("shapes may be objects", async () => {
  const counts = counting();
  const build = ({ a, b }: { a: number; b: number }) => twice(a * b, counts.backend);
  const cache = programCache({ build });
  await cache.get({ a: 2, b: 3 });
  await cache.get({ a: 2, b: 3 });
  await cache.get({ a: 3, b: 2 });
  expect(counts.loaded).toBe(2);
});

test("the program not used for longest is released, and compiled again when it runs again", async () => {
  const counts = counting();
  const cache = programCache({ build: (n: number) => twice(n, counts.backend), capacity: 2 });
  const one = await cache.get(1);
  const two = await cache.get(2);
  await one.run({ x: Float32Array.of(1) });
  await cache.get(3);
  expect([cache.size, counts.loaded, counts.released]).toEqual([2, 3, 1]);
  await one.run({ x: Float32Array.of(1) });
  expect(counts.loaded).toBe(3);
  expect([...(await two.run({ x: Float32Array.of(1, 2) })).y]).toEqual([2, 4]);
  expect([cache.size, counts.loaded, counts.released]).toEqual([2, 4, 2]);
});

test("a program that falls out while it runs is released after the run", async () => {
  const counts = counting();
  const cache = programCache({ build: (n: number) => twice(n, counts.backend), capacity: 1 });
  const one = await cache.get(1);
  const runs = [
    one.run({ x: Float32Array.of(4) }),
    cache.get(2),
    one.run({ x: Float32Array.of(5) }),
  ] as const;
  const [first, , second] = await Promise.all(runs);
  expect([first.y[0], second.y[0]]).toEqual([8, 10]);
  // Dropped while it is being compiled for the run.
  const [third] = await Promise.all([one.run({ x: Float32Array.of(6) }), cache.get(3)]);
  expect(third.y[0]).toBe(12);
  await cache.release();
  expect(cache.size).toBe(0);
  expect(counts.released).toBe(counts.loaded);
});

test("a failure reaches everybody who asked, and the next asks again", async () => {
  const counts = counting();
  let fails = true;
  const build = (n: number): Promise<Twice> => {
    return fails ? Promise.reject(new Error("no")) : twice(n, counts.backend);
  };
  const cache = programCache({ build });
  const failures = await Promise.allSettled([cache.get(1), cache.get(1)]);
  expect(failures.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(cache.size).toBe(0);
  fails = false;
  await cache.get(1);
  expect([cache.size, counts.loaded]).toEqual([1, 1]);
});

test("equal traces share a session until the last is released; other ones and other options do not", async () => {
  const counts = counting();
  const backend = shareSessions(counts.backend);
  const [a, b] = await Promise.all([twice(2, backend), twice(2, backend)]);
  expect(counts.loaded).toBe(1);
  await twice(3, backend);
  const x = input("x", [2]);
  await compile({ x }, { y: mul(x, 2) }, { backend, threads: 2 });
  expect(counts.loaded).toBe(3);
  await a.release();
  await a.release();
  expect(counts.released).toBe(0);
  expect([...(await b.run({ x: Float32Array.of(1, 2) })).y]).toEqual([2, 4]);
  await b.release();
  expect(counts.released).toBe(1);
  await twice(2, backend);
  expect(counts.loaded).toBe(4);
});
