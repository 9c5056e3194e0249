import { describe, expect, test } from "vitest";
import { add, compile, grad, input, mul, type Program, referenceBackend, sum, type Tensor } from "./index.ts";

const x = input("x", [2, 3]);
const rows = input("rows", [4], "int32");
const flag = input("flag", [], "bool");
const inputs = { x, ids: { rows, flag } };
const good = {
  x: new Float32Array(6),
  ids: { rows: new Int32Array(4), flag: new Uint8Array(1) },
};

describe.each([
  ["onnxruntime", {}],
  ["reference", { backend: referenceBackend }],
])("feeds on %s", (_, options) => {
  const compiled: Promise<Program<typeof inputs, { y: Tensor }>> = compile(inputs, { y: mul(x, 2) }, options);
  const run = async (feeds: unknown): Promise<string> =>
    (await compiled)
      .run(feeds as typeof good)
      .then(() => "ran")
      .catch(String);

  test("right ones run", async () => {
    expect(await run(good)).toBe("ran");
  });

  test.each([
    [
      "missing",
      { x: good.x, ids: { flag: good.ids.flag } },
      'input "ids.rows": expected int32[4], 4 elements, got nothing.',
    ],
    [
      "wrong dtype",
      { ...good, x: new Int32Array(6) },
      'input "x": expected float32[2, 3], 6 elements, got Int32Array with 6 elements.',
    ],
    [
      "float64",
      { ...good, x: new Float64Array(6) },
      'input "x": expected float32[2, 3], 6 elements, got Float64Array with 6 elements.',
    ],
    [
      "a plain array",
      { ...good, x: [1, 2, 3, 4, 5, 6] },
      'input "x": expected float32[2, 3], 6 elements, got object.',
    ],
    [
      "wrong length",
      { ...good, x: new Float32Array(5) },
      'input "x": expected float32[2, 3], 6 elements, got Float32Array with 5 elements.',
    ],
    [
      "integers for a boolean",
      { ...good, ids: { ...good.ids, flag: new Int32Array(1) } },
      'input "ids.flag": expected bool[], 1 elements, got Int32Array with 1 elements.',
    ],
    [
      "stray",
      { ...good, extra: new Float32Array(1) },
      'input "extra": expected one of x, ids.rows, ids.flag, got a feed of that name.',
    ],
  ])("%s", async (_what, feeds, message) => {
    expect(await run(feeds)).toBe(`ForetasteError: ${message}`);
  });
});

describe("compile refuses", () => {
  const refusal = (given: Record<string, Tensor>, outputs: Record<string, Tensor>): Promise<string> =>
    compile(given, outputs).then(() => "compiled", String);

  test("an output that needs an input which is not listed", async () => {
    expect(await refusal({ x }, { y: sum(mul(x, input("w", [3]))) })).toBe(
      'ForetasteError: compile: expected input "w" among the inputs, got x.',
    );
  });

  test("no output", async () => {
    expect(await refusal({ x }, {})).toBe("ForetasteError: compile: expected at least one output, got none.");
  });

  test("an output with the name of an input", async () => {
    expect(await refusal({ x }, { x: mul(x, 2) })).toMatch(/compile, "x": .*Put outputs under another key/);
  });

  test("one input under two names", async () => {
    expect(await refusal({ x, again: x }, { y: mul(x, 2) })).toMatch(
      /compile, "again": expected every name and every input once/,
    );
  });

  test("a result among the inputs", async () => {
    const twice = mul(x, 2);
    expect(await refusal({ x, twice }, { y: add(twice, 1) })).toBe(
      'ForetasteError: compile, "twice": expected an input tensor, got a result of operator mul.',
    );
  });
});

test.each([-1, 1.5, Number.NaN])("%d threads are refused", async (threads) => {
  const message = `compile, threads: expected a whole number, got ${threads}. 0 leaves it to onnxruntime`;
  await expect(compile({ x }, { y: mul(x, 2) }, { threads })).rejects.toThrow(message);
});

test("a leaf the loss does not depend on has a gradient of zeros", async () => {
  const w = input("w", [2]);
  const program = await compile({ x, w }, { g: grad(sum(x), { x, w }) });
  const { g } = await program.run({ x: good.x, w: Float32Array.of(1, 2) });
  expect([Array.from(g.w), Array.from(g.x)]).toEqual([
    [0, 0],
    [1, 1, 1, 1, 1, 1],
  ]);
});

test("the file carries its metadata and the names of inputs and outputs", async () => {
  const program = await compile({ layer: { x } }, { out: { y: mul(x, 2) } });
  const text = Buffer.from(program.toOnnx({ learner: "bayes-head" })).toString("latin1");
  for (const part of ["layer.x", "out.y", "learner", "bayes-head", "foretaste"]) expect(text).toContain(part);
});

test("a program released during a run frees its memory after it, once, and runs no more", async () => {
  const program = await compile({ x }, { y: mul(x, 2) });
  const run = program.run({ x: good.x.fill(2) });
  await Promise.all([program.release(), program.release()]);
  expect(Array.from((await run).y)).toEqual([4, 4, 4, 4, 4, 4]);
  await expect(program.run({ x: good.x })).rejects.toThrow("run: expected a program, got a released one.");
});

describe("results in arrays of the caller", () => {
  const run = async (into: object): Promise<string> =>
    (await compile({ x }, { a: { y: mul(x, 2) }, z: sum(x) }))
      .run({ x: new Float32Array(6).fill(3) }, { into: into as never })
      .then(({ a, z }) => `${a.y.join(" ")} | ${z.join(" ")}`, String);

  test("are written there, and others are made", async () => {
    const y = new Float32Array(6);
    expect(await run({ a: { y } })).toBe("6 6 6 6 6 6 | 18");
    expect(Array.from(y)).toEqual([6, 6, 6, 6, 6, 6]);
  });

  test.each([
    [
      { z: new Float32Array(2) },
      'output "z": expected float32[], 1 elements, got Float32Array with 2 elements.',
    ],
    [{ z: new Int32Array(1) }, 'output "z": expected float32[], 1 elements, got Int32Array with 1 elements.'],
    [{ b: new Float32Array(1) }, 'output "b": expected one of a.y, z, got an array of that name.'],
  ])("are refused where they do not fit", async (into, message) => {
    expect(await run(into)).toBe(`ForetasteError: ${message}`);
  });
});

test("feeds may be given by their dotted paths as well", async () => {
  const program = await compile(inputs, { y: mul(x, 2) });
  const flat = { x: good.x.fill(1), "ids.rows": good.ids.rows, "ids.flag": good.ids.flag };
  expect(Array.from((await program.run(flat as never)).y)).toEqual([2, 2, 2, 2, 2, 2]);
});
