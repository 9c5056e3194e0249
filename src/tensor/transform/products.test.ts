import { describe, expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { evaluate } from "../../../testing/reference.ts";
import { tensorCases } from "../../../testing/tensor-cases/index.ts";
import { inputsLike, valueOf } from "../../../testing/tensor-literal.ts";
import { createRng } from "../../base/rng.ts";
import { topological } from "../grad.ts";
import * as t from "../index.ts";
import { simplify } from "../simplify/simplify.ts";

const differentiable = tensorCases.filter(
  (row) =>
    row.order !== 0 &&
    valueOf(row.golden).dtype === "float32" &&
    Object.values(row.values).some((v) => valueOf(v).dtype === "float32"),
);

type Feeds = Map<t.Tensor, ArrayLike<number>>;

/** The function of a row with random directions for its inputs and its result. */
function setUp(row: (typeof tensorCases)[number]) {
  const inputs = inputsLike(row.values);
  const feeds: Feeds = new Map(
    Object.entries(inputs).map(([name, x]) => [x, valueOf(row.values[name]!).data]),
  );
  const y = row.build(inputs);
  const rng = createRng("directions").split(row.what);
  const direction = (like: t.Tensor): t.Tensor => {
    const x = t.input("direction", like.shape);
    feeds.set(
      x,
      Array.from({ length: like.shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
    );
    return x;
  };
  const wrt = Object.fromEntries(Object.entries(inputs).filter(([, x]) => x.dtype === "float32"));
  const tangents = Object.fromEntries(Object.entries(wrt).map(([name, x]) => [name, direction(x)]));
  return { y, feeds, wrt, tangents, cotangent: direction(y) };
}

const product = (a: t.Tensor, b: t.Tensor): t.Tensor => t.sum(t.mul(a, b));

describe("Jacobian-vector products of every operator", () => {
  test.each(differentiable)("$op: $what", (row) => {
    const { y, feeds, wrt, tangents } = setUp(row);
    const [got] = evaluate([t.jvp(y, wrt, tangents)], feeds) as [Float64Array];
    const h = 1e-5;
    const moved = (sign: number): Float64Array => {
      const there: Feeds = new Map(feeds);
      for (const [name, x] of Object.entries(wrt)) {
        const v = feeds.get(tangents[name]!)!;
        there.set(
          x,
          Array.from(feeds.get(x)!, (at, i) => at + sign * h * (v[i] ?? 0)),
        );
      }
      return evaluate([y], there)[0]!;
    };
    const [up, down] = [moved(1), moved(-1)];
    const wanted = Array.from(up, (x, i) => (x - (down[i] ?? 0)) / (2 * h));
    expect(got.length).toBe(wanted.length);
    expect(misses(got, wanted, 1e-5)).toEqual([]);
  });

  test.each(differentiable)("$op: $what: u . J v = J^T u . v", (row) => {
    const { y, feeds, wrt, tangents, cotangent } = setUp(row);
    const forward = product(cotangent, t.jvp(y, wrt, tangents));
    const back = t.vjp(y, wrt, cotangent);
    const backward = Object.keys(wrt)
      .map((name) => product(back[name]!, tangents[name]!))
      .reduce((a, b) => t.add(a, b));
    const [a, b] = evaluate([forward, backward], feeds);
    expect(misses(a!, b!, 1e-9)).toEqual([]);
  });
});

/** A network of three layers, its derivative along a direction by jvp and by hand. */
function network() {
  const [x, dx] = [t.input("x", [4, 3]), t.input("dx", [4, 3])];
  const weights = [t.input("w0", [3, 5]), t.input("w1", [5, 5]), t.input("w2", [5, 2])];
  const layer = (h: t.Tensor, w: t.Tensor): t.Tensor => t.tanh(t.matmul(h, w));
  const y = weights.reduce(layer, x);
  let [h, dh] = [x, dx];
  for (const w of weights) {
    h = layer(h, w);
    dh = t.mul(t.matmul(dh, w), t.sub(1, t.square(h)));
  }
  return { y, x, dx, weights, byHand: dh };
}

test("jvp leaves nothing of the first transposition: as many nodes as forward mode by hand", () => {
  const { y, x, dx, byHand } = network();
  const traced = simplify([y, t.jvp(y, x, dx)]);
  expect(topological(traced).length).toBe(topological(simplify([y, byHand])).length);
});

test("vjp of a tree of outputs adds up, and a leaf that does not matter gets zeros", () => {
  const { x, weights } = network();
  const [w] = weights as [t.Tensor];
  const outputs = { twice: t.mul(x, 2), deep: { product: t.matmul(x, w) } };
  const [u, v] = [t.input("u", [4, 3]), t.input("v", [4, 5])];
  const back = t.vjp(outputs, { x, w, far: { away: u } }, { twice: u, deep: { product: v } });
  const byHand = [
    t.add(t.mul(u, 2), t.matmul(v, w, { transposeB: true })),
    t.matmul(x, v, { transposeA: true }),
  ];
  const feeds: Feeds = new Map(
    [x, w, u, v].map((a) => [a, Array.from({ length: 20 }, (_, i) => Math.sin(i + a.shape[1]!))]),
  );
  for (const a of [x, u]) feeds.set(a, (feeds.get(a) as number[]).slice(0, 12));
  feeds.set(w, (feeds.get(w) as number[]).slice(0, 15));
  const [gx, gw, far, wantedX, wantedW] = evaluate([back.x, back.w, back.far.away, ...byHand], feeds);
  expect(misses(gx!, wantedX!, 1e-12)).toEqual([]);
  expect(misses(gw!, wantedW!, 1e-12)).toEqual([]);
  expect([...far!]).toEqual(new Array(12).fill(0));
});

test("hvp of Rosenbrock at a known point", async () => {
  const [p, v] = [t.input("p", [2]), t.input("v", [2])];
  const [x, y] = [t.slice(p, 0, 0, 1), t.slice(p, 0, 1, 2)];
  const f = t.sum(t.add(t.square(t.sub(1, x)), t.mul(100, t.square(t.sub(y, t.square(x))))));
  const program = await t.compile({ p, v }, { out: t.hvp(f, p, v) });
  const { out } = await program.run({ p: Float32Array.of(-1.5, 2), v: Float32Array.of(1, -2) });
  // The Hessian there is [[1902, 600], [600, 200]].
  expect(misses(out, [1902 - 1200, 600 - 400], 1e-6)).toEqual([]);
});

test("hvp of a tree: as the Hessian row by row", () => {
  const params = { a: t.input("a", [2]), b: { c: t.input("c", []) } };
  const loss = t.sum(t.mul(t.exp(t.mul(params.a, params.b.c)), t.square(params.a)));
  const g = t.grad(loss, params);
  const direction = { a: t.constant([0.5, -2]), b: { c: t.constant(3) } };
  const along = t.add(product(g.a, direction.a), product(g.b.c, direction.b.c));
  const rows = t.grad(along, params);
  const got = t.hvp(loss, params, direction);
  const feeds: Feeds = new Map([
    [params.a, [0.3, -0.7]],
    [params.b.c, [1.2]],
  ]);
  const [ga, gc, wa, wc] = evaluate([got.a, got.b.c, rows.a, rows.b.c], feeds);
  expect(Math.abs(wc![0]!)).toBeGreaterThan(0.1);
  expect(misses(ga!, wa!, 1e-12)).toEqual([]);
  expect(misses(gc!, wc!, 1e-12)).toEqual([]);
});

test("valueAndGrad differentiates by its argument only, wherever else the same tensor is read", () => {
  const w = t.input("w", []);
  const [value, g] = t.valueAndGrad((at) => t.mul(t.square(at), w), w);
  // f(a) = a^2 w, so f'(a) = 2 a w; at a = w that is 2 w^2, not the 3 w^2 of w^3, and its own derivative is 4 w.
  const [v, slope, curvature] = evaluate([value, g, t.grad(g, w)], new Map([[w, [3]]]));
  expect([v![0], slope![0], curvature![0]]).toEqual([27, 18, 12]);
  const other = t.input("other", []);
  const [, moved] = t.valueAndGrad((at) => t.mul(t.square(at), other), t.mul(other, 2));
  // a = 2 o: d/da (a^2 o) = 2 a o = 4 o^2, and its derivative by o is 8 o.
  const [slopeAtTwo, through] = evaluate([moved, t.grad(moved, other)], new Map([[other, [2]]]));
  expect([slopeAtTwo![0], through![0]]).toEqual([16, 16]);
});

describe("errors name the leaf", () => {
  const x = t.input("x", [2]);
  const whole = t.input("whole", [2], "int32");
  const rows: [name: string, call: () => unknown, message: string][] = [
    ["grad, no scalar", () => t.grad(x, x), "grad: expected a loss with one float32 element, got float32[2]"],
    [
      "grad, whole numbers",
      () => t.grad(t.sum(x), { a: { whole } }),
      'grad, leaf "a.whole": expected float32, got int32[2]',
    ],
    [
      "vjp, shape",
      () => t.vjp({ y: x }, x, { y: t.ones([3]) }),
      'vjp, cotangents, leaf "y": expected float32[2], got float32[3]',
    ],
    [
      "vjp, missing",
      () => t.vjp({ y: x }, x, {} as { y: t.Tensor }),
      'vjp, cotangents, leaf "y": expected float32[2], got nothing',
    ],
    [
      "vjp, int output",
      () => t.vjp(whole, x, t.ones([2])),
      "expected a float32 leaf to pair with, got int32[2]",
    ],
    [
      "jvp, shape",
      () => t.jvp(t.mul(x, 2), { x }, { x: t.ones([1]) }),
      'jvp, tangents, leaf "x": expected float32[2], got float32[1]',
    ],
    [
      "hvp, no scalar",
      () => t.hvp(t.sin(x), x, x),
      "hvp: expected a loss with one float32 element, got float32[2]",
    ],
    [
      "valueAndGrad, no scalar",
      () => t.valueAndGrad((at) => t.sin(at), x),
      "valueAndGrad: expected a loss with one float32 element, got float32[2]",
    ],
    ["hvp, shape", () => t.hvp(t.sum(x), x, t.ones([])), "hvp, vectors: expected float32[2], got float32[]"],
  ];
  test.each(rows)("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test("a chain of inner gradients costs the same at every step, and a long one is traced fast", () => {
  const x = t.input("x", [3]);
  let calls = 0;
  const counted = new Proxy(t.tanh(x), {
    get(target, key, receiver) {
      if (key === "inputs") calls++;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  let w: t.Tensor = t.mul(counted, 2);
  for (let step = 0; step < 200; step++)
    w = t.sub(w, t.mul(0.1, t.grad(t.sum(t.square(t.tanh(t.mul(w, x)))), w)));
  expect(calls).toBe(0);
  t.grad(t.sum(w), x);
  expect(calls).toBeGreaterThan(0);
});
