import { expect, test } from "vitest";
import {
  compile,
  gather,
  grad,
  input,
  matmul,
  mean,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../index.ts";
import { type DataParallel, dataParallel } from "./data-parallel.ts";

const [tasks, rows, width, shards] = [12, 5, 7, 6];

/** The loss of some tasks with weights in common, and its gradient. */
function traced(count: number) {
  const [w, v] = [input("w", [width, 4]), input("v", [4])];
  const [x, y] = [input("x", [count, rows, width]), input("y", [count, rows])];
  const score = sum(mul(tanh(matmul(x, w)), v), -1);
  const losses = mean(square(sub(score, y)), 1);
  const loss = sum(losses);
  return {
    inputs: { shared: { params: { w, v } }, batch: { x, y } },
    outputs: { sum: { loss, grads: grad(loss, { w, v }) }, each: { losses } },
  };
}

const numbers = (n: number, salt: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(1 + i * 3.7 + salt));

const feeds = {
  shared: { params: { w: numbers(width * 4, 1), v: numbers(4, 2) } },
  batch: { x: numbers(tasks * rows * width, 3), y: numbers(tasks * rows, 4) },
};

type Traced = ReturnType<typeof traced>;
type Step = DataParallel<Traced["inputs"], Traced["outputs"]>;

function step(
  workers: number,
  options: { signal?: AbortSignal; takePart?: boolean; reuseResults?: boolean } = {},
): Promise<Step> {
  const { inputs, outputs } = traced(tasks / shards);
  return dataParallel(inputs, outputs, { shards, workers, ...options });
}

test("0, 1, 2, 3 and more workers than shards give the same bits, run after run, near those of one program", async () => {
  const alone = [1, 2, 3, 9, 0].map((workers) => step(workers));
  const together = [0, 1, 2, 9].map((workers) => step(workers, { takePart: true }));
  const teams = await Promise.all([...alone, ...together]);
  expect(teams.map(({ workers }) => workers)).toEqual([1, 2, 3, 6, 0, 0, 1, 2, 5]);
  const first = await teams[0]!.run(feeds);
  for (const team of teams) {
    expect(await team.run(feeds)).toEqual(first);
    expect(await team.run(feeds)).toEqual(first);
  }
  const { inputs, outputs } = traced(tasks);
  const whole = await (await compile(inputs, outputs)).run(feeds);
  expect(first.each.losses.length).toBe(tasks);
  [...whole.each.losses].forEach((loss, i) => expect(first.each.losses[i]).toBeCloseTo(loss, 5));
  expect(first.sum.loss[0]).toBeCloseTo(whole.sum.loss[0]!, 4);
  [...whole.sum.grads.w].forEach((g, i) => expect(first.sum.grads.w[i]).toBeCloseTo(g, 4));
  [...whole.sum.grads.v].forEach((g, i) => expect(first.sum.grads.v[i]).toBeCloseTo(g, 4));
  await Promise.all(teams.map((team) => team.release()));
});

const sizes = [
  [2, false],
  [0, false],
  [1, true],
] as const;

test.each(sizes)(
  "%i workers, caller takes part %s: runs asked for at once do not mix; progress counts shards; feeds are checked",
  async (workers, takePart) => {
    const team = await step(workers, { takePart });
    const doubled = { ...feeds, batch: { ...feeds.batch, y: feeds.batch.y.map((y) => 2 * y) } };
    const counts: number[] = [];
    const progress = { update: (done: number) => void counts.push(done), finish() {} };
    const [a, b] = await Promise.all([team.run(feeds, progress), team.run(doubled)]);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await team.run(feeds)).toEqual(a);
    expect(await team.run(doubled)).toEqual(b);
    expect(a.sum.loss).not.toEqual(b.sum.loss);
    const short = { ...feeds, batch: { ...feeds.batch, y: new Float32Array(10) } };
    await expect(team.run(short)).rejects.toThrow('input "batch.y": expected float32[12, 5], 60 elements');
    await team.release();
    await expect(team.run(feeds)).rejects.toThrow("expected a program, got a released one");
  },
);

test("results are new arrays, or the same ones filled again", async () => {
  const doubled = { ...feeds, batch: { ...feeds.batch, y: feeds.batch.y.map((y) => 2 * y) } };
  for (const reuseResults of [false, true]) {
    const team = await step(1, { takePart: true, reuseResults });
    const { losses } = (await team.run(feeds)).each;
    const before = [...losses];
    const next = (await team.run(doubled)).each.losses;
    expect(next === losses).toBe(reuseResults);
    expect([...losses].every((loss, i) => loss === before[i])).toBe(!reuseResults);
    await team.release();
  }
});

test.each(sizes)(
  "%i workers, caller takes part %s: a signal ends them and rejects the run",
  async (workers, takePart) => {
    const stop = new AbortController();
    const team = await step(workers, { signal: stop.signal, takePart });
    const run = team.run(feeds);
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(team.run(feeds)).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(step(2, { signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  },
);

test.each([
  [2, 0, /^ForetasteError: worker 1 of 2, shard 3: expected a run, got .*99.*All workers have ended/s],
  [1, 1, /^ForetasteError: worker 1 of 2, shard 3: expected a run, got .*99.*All workers have ended/s],
  [1, 3, /^ForetasteError: dataParallel, shard 0: expected a run, got .*99.*All workers have ended/s],
  [0, 0, /^ForetasteError: dataParallel, shard 3: expected a run, got .*99.*All workers have ended/s],
])(
  "%i workers, case %i: what is thrown names the shard, ends all, and stays the answer",
  async (workers, swap, message) => {
    // An index beyond the rows is found by onnxruntime when it runs.
    const [table, rowsOf] = [input("table", [3, 2]), input("rows", [1], "int32")];
    const loss: Tensor = sum(gather(table, rowsOf));
    const team = await dataParallel(
      { shared: { table }, batch: { rows: rowsOf } },
      { sum: { loss }, each: {} },
      { shards: 4, workers, takePart: swap > 0 },
    );
    const run = (rows: Int32Array): Promise<unknown> =>
      team.run({ shared: { table: numbers(6, 0) }, batch: { rows } });
    await run(Int32Array.of(0, 1, 2, 0));
    const failure = await run(swap === 3 ? Int32Array.of(99, 1, 2, 0) : Int32Array.of(0, 1, 2, 99)).catch(
      String,
    );
    expect(failure).toMatch(message);
    expect(await run(Int32Array.of(0, 1, 2, 0)).catch(String)).toBe(failure);
  },
);

test.each([
  [{ shards: 0, workers: 1 }, 'dataParallel, "shards": expected a whole number from 1, got 0.'],
  [{ shards: 2, workers: 1.5 }, 'dataParallel, "workers": expected a whole number from 0, got 1.5.'],
])("%j is refused", async (options, message) => {
  const { inputs, outputs } = traced(1);
  await expect(dataParallel(inputs, outputs, options)).rejects.toThrow(message);
});

test("a scalar cannot be cut, and only float32 is summed", async () => {
  const [a, n] = [input("a", []), input("n", [2], "int32")];
  const options = { shards: 2, workers: 1 };
  await expect(
    dataParallel({ shared: {}, batch: { a } }, { sum: { a: mul(a, 2) }, each: {} }, options),
  ).rejects.toThrow(
    'dataParallel, "batch.a": expected a leading axis, which is cut into shards, got a scalar.',
  );
  await expect(
    dataParallel({ shared: { n }, batch: {} }, { sum: { m: mul(n, 2) }, each: {} }, options),
  ).rejects.toThrow('dataParallel, "sum.m": expected float32, got int32[2].');
});
