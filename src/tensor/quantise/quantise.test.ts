import { describe, expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import {
  add,
  type CompileOptions,
  calibrate,
  compile,
  constant,
  dequantise,
  exportOnnx,
  gather,
  grad,
  input,
  joinRanges,
  map,
  matmul,
  mul,
  referenceBackend,
  relu,
  roundChannels,
  sum,
  type Tensor,
  transpose,
  widenChannels,
} from "../index.ts";
import { openSession } from "../runtime/session.ts";
import { int8Matmul } from "./int8-matmul.ts";

const rng = createRng(7);
const normals = (n: number, label: string): Float32Array => {
  const own = rng.split(label);
  return Float32Array.from({ length: n }, () => own.normal());
};
const [rows, width, hidden] = [6, 32, 64];
const x = input("x", [rows, width]);
const w = constant(normals(width * hidden, "w"), [width, hidden]);
const v = constant(normals(hidden * width, "v"), [width, hidden]);
const feed = normals(rows * width, "x");
const network = (at: Tensor): Tensor => matmul(relu(matmul(at, w)), v, { transposeB: true });

async function outputOf(
  y: Tensor,
  options: CompileOptions = {},
  from: Float32Array = feed,
): Promise<Float32Array> {
  const program = await compile({ x }, { y }, options);
  const result = await program.run({ x: from });
  await program.release();
  return result.y;
}

/** Root mean square of the difference over that of the wanted numbers. */
function distance(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [off, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    off += (got[i]! - wanted[i]!) ** 2;
    size += wanted[i]! ** 2;
  }
  return Math.sqrt(off / size);
}

describe("channels", () => {
  test("each has its own scale; zeros stay zeros", () => {
    const rowwise = roundChannels(Float32Array.of(127, -1, 0.4, 0, 0, 2), [3, 2], 0);
    expect(Array.from(rowwise.values)).toEqual([127, -1, 127, 0, 0, 127]);
    expect(rowwise.scales[1]).toBeCloseTo(0.4 / 127, 7);
    const columns = roundChannels(Float32Array.of(127, -1, 64, 4), [2, 2], 1);
    expect(Array.from(columns.values)).toEqual([127, -32, 64, 127]);
    expect(Array.from(roundChannels(new Float32Array(2), [1, 2], 0).values)).toEqual([0, 0]);
  });

  test("what was rounded before is rounded to the same integers", () => {
    const once = roundChannels(normals(400, "again"), [20, 20], 1);
    const twice = roundChannels(widenChannels(once, [20, 20], 1), [20, 20], 1);
    expect(twice.values).toEqual(once.values);
  });
});

describe("a product in integers", () => {
  const small = { values: constant([1, 2, -3, 4], [2, 2], "int8"), scales: constant([0.5, 2]) };
  const two = input("x", [2, 2]);
  const product = async (range?: readonly [number, number]): Promise<number[]> => {
    const program = await compile({ two }, { y: int8Matmul(two, small, range) });
    return Array.from((await program.run({ two: Float32Array.of(127, -63.5, 0, 0) })).y);
  };

  test("by row: 127 and -63.5 become 127 and -63", async () => {
    // (127 * 1 + 63 * 3) * 0.5, (127 * 2 - 63 * 4) * 2; a row of zeros stays zero.
    expect(await product()).toEqual([158, 4, 0, 0]);
  });

  test("by range: numbers outside of it are cut off", async () => {
    // -51 to 204 in steps of one: -63.5 becomes -51.
    expect(await product([-51, 204])).toEqual([(127 + 51 * 3) * 0.5, (254 - 51 * 4) * 2, 0, 0]);
    expect((await product([0, 51])).slice(0, 2).map((y) => Number(y.toFixed(4)))).toEqual([25.5, 204]);
  });

  test("the gradient is that of the product with the weights it stands for", async () => {
    const y = sum(mul(int8Matmul(two, small), constant([1, 10], [1, 2])));
    const program = await compile({ two }, { g: grad(y, two) }, { backend: referenceBackend });
    const { g } = await program.run({ two: new Float32Array(4) });
    expect(Array.from(g)).toEqual([40.5, 78.5, 40.5, 78.5]);
  });

  test("map lays tasks end to end, and refuses weights of their own", async () => {
    const stack = input("stack", [3, 2, 2]);
    const mapped = map(({ at }) => int8Matmul(at, small), { at: stack });
    const program = await compile({ stack }, { mapped, one: int8Matmul(stack, small) });
    const out = await program.run({ stack: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)) });
    expect(out.mapped).toEqual(out.one);
    const own = input("own", [3, 2]);
    expect(() =>
      map(({ scales }) => int8Matmul(two, { values: small.values, scales }), { scales: own }),
    ).toThrow("weights that all tasks share");
  });
});

describe("a program", () => {
  test("is near the exact one: by row within 2 %, by range within 3 %; onnxruntime and the reference agree", async () => {
    const exact = await outputOf(network(x));
    const ranges = await calibrate({ x }, { y: network(x) }, [{ x: feed }]);
    for (const [activations, far] of [
      ["dynamic", 0.02],
      [ranges, 0.03],
    ] as const) {
      const fast = await outputOf(network(x), { quantise: { activations } });
      const slow = await outputOf(network(x), { quantise: { activations }, backend: referenceBackend });
      expect(distance(fast, exact)).toBeLessThan(far);
      expect(distance(fast, exact)).toBeGreaterThan(0.001);
      expect(distance(fast, slow)).toBeLessThan(0.002);
    }
  });

  test("a row's result does not depend on the others", async () => {
    const alone = feed.slice();
    alone.fill(50, width);
    const [a, b] = [feed, alone].map((from) =>
      outputOf(network(x), { quantise: { activations: "dynamic" } }, from),
    );
    expect((await a!).subarray(0, width)).toEqual((await b!).subarray(0, width));
  });

  test("one scale for all columns would be off by more", async () => {
    const uneven = widths(w, (j) => 10 ** (j % 4));
    const exact = await outputOf(matmul(x, uneven));
    const fast = await outputOf(matmul(x, uneven), { quantise: { activations: "dynamic" } });
    const small = (all: Float32Array): Float32Array => all.filter((_, i) => i % 4 === 0);
    expect(distance(small(fast), small(exact))).toBeLessThan(0.01);
  });

  test("reads tables out of 8 bits, row by row", async () => {
    const table = constant(normals(100 * 16, "table"), [100, 16]);
    const at = input("at", [3], "int32");
    const y = gather(table, at);
    const [exact, fast] = await Promise.all([
      compile({ at }, { y }),
      compile({ at }, { y }, { quantise: { activations: "dynamic" } }),
    ]);
    const feeds = { at: Int32Array.of(3, 99, 3) };
    expect(distance((await fast.run(feeds)).y, (await exact.run(feeds)).y)).toBeLessThan(0.01);
    expect(fast.toOnnx().length).toBeLessThan(0.4 * exact.toOnnx().length);
  });

  test("weights fed in 8 bits give what constants give, in whichever way they are laid out", async () => {
    const at = input("at", [3], "int32");
    const [table, matrix] = [normals(100 * width, "fed table"), normals(hidden * width, "fed matrix")];
    const say = (rows100: Tensor, outIn: Tensor): Tensor =>
      matmul(gather(rows100, at), outIn, { transposeB: true });
    const constants = say(constant(table, [100, width]), constant(matrix, [hidden, width]));
    const held = { values: input("t", [100, width], "int8"), scales: input("s", [100, 1]) };
    const kept = { values: input("m", [width, hidden], "int8"), scales: input("n", [hidden]) };
    const fed = say(dequantise(held.values, held.scales), transpose(dequantise(kept.values, kept.scales)));
    const quantise = { activations: "dynamic" } as const;
    const [a, b] = await Promise.all([
      compile({ at }, { y: constants }, { quantise }),
      compile({ at, held, kept }, { y: fed }, { quantise }),
    ]);
    expect(b.graph.nodes.filter(({ op }) => op.name === "int8Matmul").length).toBe(1);
    const inOut = Float32Array.from(matrix, (_, i) => matrix[(i % hidden) * width + Math.floor(i / hidden)]!);
    const feeds = {
      at: Int32Array.of(3, 99, 3),
      held: roundChannels(table, [100, width], 0),
      kept: roundChannels(inOut, [width, hidden], 1),
    };
    expect((await b.run(feeds)).y).toEqual((await a.run({ at: feeds.at })).y);
  });

  test("inputs and few numbers stay as they are", async () => {
    const open = input("open", [width, hidden]);
    const few = constant(normals(width * 8, "few"), [width, 8]);
    for (const y of [matmul(x, open), matmul(x, few)]) {
      const inputs = { x, open };
      const names = (await compile(inputs, { y }, { quantise: { activations: "dynamic" } })).graph.nodes;
      expect(names.map(({ op }) => op.name)).not.toContain("int8Matmul");
    }
  });
});

function widths(matrix: Tensor, scale: (column: number) => number): Tensor {
  const { data } = matrix.attributes as { data: Float32Array };
  const columns = matrix.shape[1]!;
  return constant(
    data.map((value, i) => value * scale(i % columns)),
    matrix.shape,
  );
}

describe("calibration", () => {
  test("measures what meets a weight, over all feeds; ranges join", async () => {
    const feeds = [feed, feed.map((value) => value * 2)].map((one) => ({ x: one }));
    const ranges = await calibrate({ x }, { y: matmul(x, w) }, feeds);
    expect(Object.values(ranges)).toEqual([[2 * Math.min(...feed), 2 * Math.max(...feed)]]);
    expect(joinRanges({ a: [0, 1] }, { a: [-1, 0], b: [0, 2] })).toEqual({ a: [-1, 1], b: [0, 2] });
  });

  test("another weight is refused", async () => {
    const ranges = await calibrate({ x }, { y: matmul(x, w) }, [{ x: feed }]);
    const other = matmul(x, constant(normals(width * hidden, "other"), [width, hidden]));
    await expect(compile({ x }, { y: other }, { quantise: { activations: ranges } })).rejects.toThrow(
      "ranges for 1 others. Calibrate the same program",
    );
  });
});

test("a file with parameters inside is standard, a quarter of the size, and says the same", async () => {
  const params = { w: input("w", [width, 256]), b: input("b", [256]) };
  const y = add(matmul(x, params.w), params.b);
  const constants = { params: { w: normals(width * 256, "big"), b: normals(256, "b") } };
  const model = exportOnnx({ x, params }, { y }, { constants, quantise: { activations: "dynamic" } });
  expect(model.length).toBeLessThan(0.35 * exportOnnx({ x, params }, { y }, { constants }).length);
  expect(Buffer.from(model).toString("latin1")).not.toContain("com.microsoft");
  const ports = [{ name: "x", dtype: "float32", shape: [rows, width] }] as const;
  const outputs = [{ name: "y", dtype: "float32", shape: [rows, 256] }] as const;
  const session = await openSession({ model, inputs: ports, outputs, provider: "cpu", threads: 1 });
  const [got] = await session.run([feed]);
  await session.release();
  const exact = await compile({ x, params }, { y });
  expect(distance(got!, (await exact.run({ x: feed, ...constants })).y)).toBeLessThan(0.01);
});
