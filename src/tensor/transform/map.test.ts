import { expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { checkGradient } from "../../../testing/check-gradient.ts";
import {
  add,
  compile,
  constant,
  expand,
  gather,
  grad,
  input,
  map,
  mapTree,
  matmul,
  mean,
  mul,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../index.ts";
import { buildGraph } from "../program.ts";
import { apply, type Op } from "../tensor.ts";

const [tasks, shots, width, hidden] = [4, 3, 5, 6];

const wave = (shape: readonly number[], phase: number): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + phase));

type Network = Readonly<Record<"w" | "b" | "v" | "c", Tensor>>;
type Outcome = { readonly loss: Tensor; readonly meta: Network };

const network = {
  w: input("w", [width, hidden]),
  b: input("b", [hidden]),
  v: input("v", [hidden, 1]),
  c: input("c", []),
};
const data = {
  sx: input("sx", [tasks, shots, width]),
  sy: input("sy", [tasks, shots, 1]),
  qx: input("qx", [tasks, shots, width]),
  qy: input("qy", [tasks, shots, 1]),
};
const inputs = { ...network, ...data };
const feeds = mapTree<typeof inputs, Tensor, Float32Array>(inputs, (x, name) =>
  wave(x.shape, name.charCodeAt(0)),
);

/** Mean squared error of a network with one hidden layer, over one task's rows or over those of each task. */
function lossOf({ w, b, v, c }: Network, x: Tensor, y: Tensor): Tensor {
  return mean(square(sub(add(matmul(tanh(add(matmul(x, w), b)), v), c), y)), [-2, -1]);
}

const step = (x: Tensor, g: Tensor): Tensor => sub(x, mul(0.1, g));

/** Second-order MAML with two inner steps, written for one task. */
function mapped(): Outcome {
  const losses = map(({ sx, sy, qx, qy }) => {
    let fast: Network = network;
    for (let i = 0; i < 2; i++) {
      const g = grad(lossOf(fast, sx, sy), fast);
      fast = { w: step(fast.w, g.w), b: step(fast.b, g.b), v: step(fast.v, g.v), c: step(fast.c, g.c) };
    }
    return lossOf(fast, qx, qy);
  }, data);
  const loss = mean(losses);
  return { loss, meta: grad(loss, network) };
}

/** The same with the tasks' axis written out, weights copied for each task. */
function batched(): Outcome {
  const { sx, sy, qx, qy } = data;
  let fast: Network = {
    w: expand(network.w, [tasks, width, hidden]),
    b: expand(network.b, [tasks, 1, hidden]),
    v: expand(network.v, [tasks, hidden, 1]),
    c: expand(network.c, [tasks, 1, 1]),
  };
  for (let i = 0; i < 2; i++) {
    const g = grad(sum(lossOf(fast, sx, sy)), fast);
    fast = { w: step(fast.w, g.w), b: step(fast.b, g.b), v: step(fast.v, g.v), c: step(fast.c, g.c) };
  }
  const loss = mean(lossOf(fast, qx, qy));
  return { loss, meta: grad(loss, network) };
}

test("MAML written for one task: mapped equals batched by hand, node for node but for reshapes", async () => {
  const outputs = { mapped: mapped(), batched: batched() };
  const program = await compile(inputs, outputs);
  const out = await program.run(feeds);
  await program.release();
  expect(misses(out.mapped.loss, out.batched.loss, 1e-6)).toEqual([]);
  for (const name of ["w", "b", "v", "c"] as const) {
    expect(misses(out.mapped.meta[name], out.batched.meta[name], 1e-6), name).toEqual([]);
    expect(Math.max(...out.batched.meta[name].map(Math.abs)), name).toBeGreaterThan(1e-3);
  }
  const kinds = (of: Outcome): string[] =>
    buildGraph(inputs, of)
      .nodes.map((node) => node.op.name)
      .filter((name) => name !== "reshape")
      .sort();
  expect(kinds(outputs.mapped)).toEqual(kinds(outputs.batched));
});

test("a weight outside meets all tasks in one product", () => {
  const losses = map(({ sx, sy }) => lossOf(network, sx, sy), { sx: data.sx, sy: data.sy });
  const { nodes } = buildGraph(inputs, { losses });
  const products = nodes.filter((node) => node.op.name === "matmul");
  expect(products.map((node) => node.shape)).toEqual([
    [tasks * shots, hidden],
    [tasks * shots, 1],
  ]);
});

test("rows of a table that all tasks share are taken from it, not from copies", () => {
  const rows = input("rows", [tasks, 2], "int32");
  const taken = map((own) => gather(network.w, own), rows);
  expect(taken.op.name).toBe("gather");
  expect(taken.inputs).toEqual([network.w, rows]);
});

const [x23, y42] = [input("x", [2, 3]), input("y", [4, 2])];
const numbers = { x: Float32Array.of(1, 2, 3, 4, 5, 6), y: Float32Array.of(0, 1, 2, 3, -1, 0, 1, 1) };

async function run(result: Tensor): Promise<{ shape: readonly number[]; numbers: number[] }> {
  const program = await compile({ x: x23, y: y42 }, { result });
  const out = await program.run(numbers);
  await program.release();
  return { shape: result.shape, numbers: Array.from(out.result) };
}

test("maps nest: the squared distance of every column of x to every row of y", async () => {
  const distances = map((a) => map((b) => sum(square(sub(a, b))), y42), x23, { axis: 1 });
  // Columns of x are (1, 4), (2, 5), (3, 6).
  const wanted = [1 + 9, 1 + 1, 4 + 16, 0 + 9, 4 + 16, 0 + 4, 9 + 25, 1 + 16, 9 + 25, 1 + 9, 16 + 36, 4 + 25];
  expect(await run(distances)).toEqual({ shape: [3, 4], numbers: wanted });
});

test("a gradient taken inside is each task's own; the one taken outside is their sum", async () => {
  const w = slice(slice(y42, 0, 1, 2), 1, 0, 1); // 2
  const loss = (row: Tensor): Tensor => sum(square(sub(mul(w, row), 1)));
  // d/dw of the sum of (2 r - 1)^2 over a row is the sum of 2 r (2 r - 1).
  const [first, second] = [2 + 12 + 30, 56 + 90 + 132];
  expect((await run(map((row) => grad(loss(row), w), x23))).numbers).toEqual([first, second]);
  expect((await run(grad(sum(map(loss, x23)), w))).numbers).toEqual([first + second]);
});

test("an axis from the end, a tree of results, one that no task has a part in", async () => {
  const out = map(
    (column) => ({ column, twice: { sum: mul(sum(column), 2) }, same: constant([7, 8]) }),
    x23,
    {
      axis: -1,
    },
  );
  expect(await run(out.column)).toEqual({ shape: [3, 2], numbers: [1, 4, 2, 5, 3, 6] });
  expect(await run(out.twice.sum)).toEqual({ shape: [3], numbers: [10, 14, 18] });
  expect(await run(out.same)).toEqual({ shape: [3, 2], numbers: [7, 8, 7, 8, 7, 8] });
});

test("no tasks at all", async () => {
  expect(await run(map((row) => sum(row), slice(x23, 0, 0, 0)))).toEqual({ shape: [0], numbers: [] });
});

test("an inner loop mapped, its step size shared: derivatives by central differences", () => {
  const check = (): void =>
    checkGradient(
      ({ start, rate, x, y }) =>
        map(
          (task) => {
            const lossAt = (w: Tensor): Tensor => mean(square(sub(tanh(sum(mul(task.x, w), 1)), task.y)));
            let w = start;
            for (let i = 0; i < 2; i++) w = sub(w, mul(rate, grad(lossAt(w), w)));
            return lossAt(w);
          },
          { x, y },
        ),
      {
        start: [0.3, -0.2],
        rate: 0.4,
        x: [
          [
            [1, 0.5],
            [-0.3, 0.8],
          ],
          [
            [0.2, -1],
            [0.7, 0.1],
          ],
        ],
        y: [
          [0.1, -0.5],
          [0.4, 0.9],
        ],
      },
    );
  expect(check).not.toThrow();
});

const total: Op<null> = {
  name: "total",
  infer: () => ({ shape: [], dtype: "float32" }),
  vjp: () => [],
  reference: () => {},
  lower: () => "",
};

const mistakes: readonly [what: string, make: () => unknown, message: RegExp][] = [
  [
    "another number of tasks",
    () => map((task) => sum(task.support.x), { support: { x: x23 }, query: { y: y42 } }),
    /^operator map, input "query\.y": expected 2 tasks along axis 0 as in "support\.x", got float32\[4, 2\] ".+"\./,
  ],
  [
    "no such axis",
    () => map((task) => task.x, { x: x23, y: y42 }, { axis: 2 }),
    /^operator map, input "x": expected tasks along axis 2, got float32\[2, 3\] ".+"\./,
  ],
  [
    "a number",
    () => map((x) => x, constant(3)),
    /^operator map: expected tasks along axis 0, got float32\[\]/,
  ],
  ["nothing to map over", () => map(() => x23, {}), /^map: expected at least one input, got none/],
  [
    "an operator of one task with a wrong shape",
    () => map((row) => matmul(row, row), x23),
    /^operator matmul.*float32\[3\] ".+" and float32\[3\] ".+"/,
  ],
  [
    "an operator that is neither element by element nor has a rule",
    () => map((row) => apply(total, [row], null), x23),
    /^batching rule of operator total: expected one, for it does not work element by element, got none/,
  ],
  [
    "an operator whose rule forgets the tasks",
    () => map((row) => apply({ ...total, batch: () => constant(1) }, [row], null), x23),
    /^batching rule of operator total: expected \[2\], got \[\]/,
  ],
];

test.each(mistakes)("a clear error: %s", (_, make, message) => {
  expect(make).toThrow(message);
});
