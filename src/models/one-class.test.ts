import { expect, test } from "vitest";
import { evaluate } from "../../testing/reference.ts";
import { solveSpdInPlace } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import { input, mapTree, type Shape, type Tensor } from "../tensor/index.ts";
import {
  itemFeatures,
  type OneClassBatch,
  type OneClassParams,
  oneClassLoss,
  oneClassPenalty,
  oneClassPosterior,
  oneClassPrecision,
  oneClassShapes,
  personalScore,
  popularityScore,
} from "./one-class.ts";

const [n, d, hidden, F, C, levels] = [5, 2, 3, 4, 2, 3];
const shape = { items: n, embeddingSize: d, hiddenSize: hidden, trendSize: F, contextSize: C, levels };
const rng = createRng(9).split("one class");
const numbers = (count: number): number[] => Array.from({ length: count }, () => rng.normal());
const feeds = new Map<Tensor, ArrayLike<number>>();
const values = new Map<string, readonly number[]>();

function take(
  name: string,
  dims: Shape,
  given: readonly number[],
  dtype: "float32" | "int32" = "float32",
): Tensor {
  const tensor = input(name, dims, dtype);
  feeds.set(tensor, given);
  values.set(name, given);
  return tensor;
}

const params = mapTree<OneClassParams<Shape>, Shape, Tensor>(oneClassShapes(shape), (dims, path) =>
  take(path, dims, numbers(dims.reduce((a, b) => a * b, 1))),
) as unknown as OneClassParams<Tensor>;
const of = (name: string): readonly number[] => values.get(name)!;
const run = (...outputs: Tensor[]): number[][] => evaluate(outputs, feeds).map((x) => [...x]);
const close = (expected: readonly number[]): unknown[] => expected.map((x) => expect.closeTo(x, 7));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

const [b, s] = [2, 3];
const batch: OneClassBatch = {
  content: take("content", [n, d + 1], numbers(n * (d + 1))),
  keep: take("keep", [n], [1, 0, 5, 5, 0]),
  trends: take("trends", [b, n, F], numbers(b * n * F)),
  context: take("context", [b, C], numbers(b * C)),
  rows: take("rows", [b, s], [0, 2, 0, 4, 0, 0], "int32"),
  level: take("level", [b, s], [2, 0, 0, 1, 0, 0], "int32"),
  age: take("age", [b, s], [0.5, 2, 0, 1, 0, 0]),
  mask: take("mask", [b, s], [1, 1, 0, 1, 0, 0]),
  excluded: take("excluded", [b, n], [-1e9, 0, -1e9, 0, 0, 0, 0, 0, 0, -1e9]),
  liked: take("liked", [b, n], [0, 0.5, 0, 0.5, 0, 1, 0, 0, 0, 0]),
};

/** Features of an item: content, and the ID where it is kept. */
const phiOf = (i: number): number[] =>
  range(d).map((k) => of("content")[i * (d + 1) + k]! + of("keep")[i]! * of("id")[i * d + k]!);

function popularityOf(u: number, i: number): number {
  const x = range(F).map((f) => of("trends")[(u * n + i) * F + f]!);
  const z = range(C).map((c) => of("context")[u * C + c]!);
  const linear = x.map(
    (value, f) =>
      value * (of("trend.linear")[f]! + sum(z.map((zc, c) => zc * of("trend.cross")[c * F + f]!))),
  );
  const units = range(hidden).map((h) => {
    const inside =
      of("trend.offset")[h]! +
      sum(x.map((value, f) => value * of("trend.hidden")[f * hidden + h]!)) +
      sum(z.map((zc, c) => zc * of("trend.context")[c * hidden + h]!));
    return of("trend.output")[h]! * Math.tanh(inside);
  });
  return sum(linear) + sum(units);
}

/** `V^-1 + w0 sum over all items of phi phi^T`, entry by entry. */
function naivePrecision(): number[] {
  return range(d * d).map((at) => {
    const [r, c] = [Math.floor(at / d), at % d];
    const gram = sum(range(n).map((i) => phiOf(i)[r]! * phiOf(i)[c]!));
    const own = r === c ? Math.exp(-of("taste.logVariance")[r]!) : 0;
    return own + Math.exp(of("taste.logUntouched")[0]!) * gram;
  });
}

function naiveTaste(u: number): number[] {
  const p = Float64Array.from(naivePrecision());
  const h = Float64Array.from(range(d), (k) => Math.exp(-of("taste.logVariance")[k]!) * of("taste.mean")[k]!);
  for (const j of range(s)) {
    const at = u * s + j;
    const fading = Math.log1p(Math.exp(of("taste.forgetting")[0]! - 3));
    const level = of("level")[at]!;
    const c = of("mask")[at]! * Math.exp(of("taste.logConfidence")[level]! - fading * of("age")[at]!);
    const phi = phiOf(of("rows")[at]!);
    phi.forEach((x, r) => {
      h[r]! += c * of("taste.target")[level]! * x;
      phi.forEach((y, q) => {
        p[r * d + q]! += c * x * y;
      });
    });
  }
  solveSpdInPlace(p, h);
  return [...h];
}

test("popularity is a linear part that the request turns, and a layer of tanh", () => {
  const [got] = run(popularityScore(params, batch.trends, batch.context));
  expect(got).toEqual(close(range(b).flatMap((u) => range(n).map((i) => popularityOf(u, i)))));
});

test("features: content plus kept IDs; the last content column is a bias", () => {
  const { phi, bias } = itemFeatures(params, batch);
  const biases = range(n).map((i) => of("content")[i * (d + 1) + d]!);
  expect(run(phi, bias)).toEqual([close(range(n).flatMap(phiOf)), close(biases)]);
});

test("features by gates: fields and a kept ID, each weighed by a softmax over what is there", () => {
  const fused = { ...shape, fields: 2 };
  const { fusion } = oneClassShapes(fused);
  expect(fusion).toEqual({ weight: [3, d + 1], bias: [3] });
  const fields = take("fields", [n, 2, d + 1], numbers(n * 2 * (d + 1)));
  const weight = take("gate.weight", [3, d + 1], numbers(3 * (d + 1)));
  const bias = take("gate.bias", [3], numbers(3));
  const items = {
    content: fields,
    present: take("present", [n, 2], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]),
    keep: take("kept", [n], [1, 1, 0, 1, 0]),
  };
  const got = itemFeatures({ id: params.id, fusion: { weight, bias } }, items);
  const expected = range(n).map((i) => {
    const parts = [0, 1].map((f) => range(d + 1).map((k) => of("fields")[(i * 2 + f) * (d + 1) + k]!));
    parts.push([...range(d).map((k) => of("id")[i * d + k]!), 0]);
    const known = [of("present")[2 * i]!, of("present")[2 * i + 1]!, of("kept")[i]!];
    const odds = parts.map((part, m) => {
      const score = sum(part.map((x, k) => x * of("gate.weight")[m * (d + 1) + k]!)) + of("gate.bias")[m]!;
      return known[m]! * Math.exp(score);
    });
    const total = sum(odds) || 1;
    return range(d + 1).map((k) => sum(parts.map((part, m) => (sum(known) * odds[m]! * part[k]!) / total)));
  });
  const phi = expected.flatMap((row) => row.slice(0, d));
  expect(run(got.phi, got.bias)).toEqual([close(phi), close(expected.map((row) => row[d]!))]);
  expect(phi.slice(4 * d)).toEqual([0, 0]);
});

test("the prior precision is the sum over all items", () => {
  const { phi } = itemFeatures(params, batch);
  expect(run(oneClassPrecision(params, phi))).toEqual([close(naivePrecision())]);
});

test("a taste by hand: one feature, a like of confidence e and target 2, faded over log 2 days", () => {
  const one = { items: 1, embeddingSize: 1, hiddenSize: 1, trendSize: 1, contextSize: 1, levels: 2 };
  const known: Readonly<Record<string, readonly number[]>> = {
    "taste.mean": [0.5],
    "taste.logVariance": [Math.log(0.25)],
    "taste.logConfidence": [9, 1],
    "taste.target": [9, 2],
    // softplus(x - 3) = log(1 + 1) = log 2
    "taste.forgetting": [3],
  };
  const small = mapTree<OneClassParams<Shape>, Shape, Tensor>(oneClassShapes(one), (dims, path) =>
    take(`small.${path}`, dims, known[path] ?? new Array(dims.reduce((a, x) => a * x, 1)).fill(0)),
  ) as unknown as OneClassParams<Tensor>;
  const support = {
    phi: take("one.phi", [1, 1], [3]),
    level: take("one.level", [1], [1], "int32"),
    age: take("one.age", [1], [1]),
    mask: take("one.mask", [1], [1]),
  };
  const { mean, events, prior } = oneClassPosterior(small, take("one.precision", [1, 1], [6]), support);
  const c = Math.E / 2;
  const p = 6 + 9 * c;
  expect(run(mean, events, prior)).toEqual([
    close([(4 * 0.5 + c * 2 * 3) / p]),
    close([(c * 2 * 3) / p]),
    close([2 / p]),
  ]);
});

test("the loss is the surprise of what was liked among all that are candidates, by the naive sums", () => {
  const { surprise, weight } = oneClassLoss(params, batch);
  const scale = Math.exp(of("taste.logScale")[0]!);
  const expected = range(b).map((u) => {
    const taste = naiveTaste(u);
    const scores = range(n).map((i) => {
      const personal = sum(phiOf(i).map((x, k) => x * taste[k]!));
      return (
        popularityOf(u, i) + of("content")[i * (d + 1) + d]! + scale * personal + of("excluded")[u * n + i]!
      );
    });
    const total = Math.log(sum(scores.map(Math.exp)));
    return sum(scores.map((x, i) => of("liked")[u * n + i]! * (total - x)));
  });
  expect(run(surprise, weight)).toEqual([close(expected), [1, 1]]);
});

test("what is personal is scaled, and linear in the taste", () => {
  const tastes = take("tastes", [2, d], [1, -2, 0, 0]);
  const { phi } = itemFeatures(params, batch);
  const scale = Math.exp(of("taste.logScale")[0]!);
  const expected = range(n).map((i) => scale * (phiOf(i)[0]! - 2 * phiOf(i)[1]!));
  expect(run(personalScore(params, phi, tastes))).toEqual([
    [...close(expected), ...close(new Array(n).fill(0))],
  ]);
});

test("penalties: embeddings an item, the network as a whole", () => {
  const squares = (name: string): number => sum(of(name).map((x) => x * x));
  const network = ["trend.hidden", "trend.context", "trend.cross", "trend.output", "taste.mean"].map(squares);
  const expected = (0.3125 * squares("id")) / n + 0.75 * sum(network);
  expect(run(oneClassPenalty(params, { embeddings: 0.3125, network: 0.75 }))).toEqual([close([expected])]);
});
