import { describe, expect, test } from "vitest";
import { checkGradient } from "../../testing/check-gradient.ts";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import { constant, grad, input, mean, square, sub, type Tensor } from "../tensor/index.ts";
import { type FusionParams, fuse, fusionShapes, modalityGates } from "./fusion.ts";

const [n, m, d] = [4, 3, 2];
const rng = createRng(3).split("fusion");
const numbers = (count: number): number[] => Array.from({ length: count }, () => Math.fround(rng.normal()));
const known = [1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0];
const parts = numbers(n * m * d);
const weight = numbers(m * d);
const bias = numbers(m);
const params = { weight: constant(weight, [m, d]), bias: constant(bias, [m]) };

function run(of: (given: { parts: Tensor; present: Tensor }) => Tensor, values = parts): number[] {
  const given = { parts: constant(values, [n, m, d]), present: constant(known, [n, m]) };
  return [...evaluate([of(given)], new Map())[0]!];
}
const gatesOf = (values?: number[]): number[] => run((given) => modalityGates(params, given), values);
const fused = (values?: number[]): number[] => run((given) => fuse(params, given), values);

describe("gates", () => {
  test("are the softmax of a linear form over what is present, by hand", () => {
    const score = (i: number, k: number): number =>
      Math.exp(
        bias[k]! + weight[2 * k]! * parts[6 * i + 2 * k]! + weight[2 * k + 1]! * parts[6 * i + 2 * k + 1]!,
      );
    const [a, b, c] = [score(0, 0), score(0, 1), score(0, 2)];
    const [e, f] = [score(1, 0), score(1, 2)];
    const expected = [a / (a + b + c), b / (a + b + c), c / (a + b + c), e / (e + f), 0, f / (e + f)];
    expect(gatesOf().slice(0, 6)).toEqual(expected.map((x) => expect.closeTo(x, 10)));
  });

  test("sum to one where anything is present; one alone has all of it; with nothing they are zero", () => {
    const sums = [0, 1, 2, 3].map((i) =>
      gatesOf()
        .slice(3 * i, 3 * i + 3)
        .reduce((x, y) => x + y, 0),
    );
    expect(sums).toEqual([1, 1, 1, 0].map((x) => expect.closeTo(x, 12)));
    expect(gatesOf().slice(6)).toEqual([0, 1, 0, 0, 0, 0]);
  });
});

describe("fusion", () => {
  test("what is absent has no influence at all, not in the last bit", () => {
    const other = parts.map((x, at) => (known[Math.floor(at / d)] === 0 ? 1e6 * (x + 3) : x));
    expect(gatesOf(other)).toEqual(gatesOf());
    expect(fused(other)).toEqual(fused());
    expect(fused(parts.map((x) => x + 1))).not.toEqual(fused());
  });

  test("one modality alone is itself; nothing gives zeros", () => {
    expect(fused().slice(4)).toEqual([parts[14], parts[15], 0, 0]);
  });

  test("starts as the plain sum of what is present", () => {
    const zero = {
      weight: constant(new Float32Array(m * d), [m, d]),
      bias: constant(new Float32Array(m), [m]),
    };
    const sums = run((given) => fuse(zero, given));
    const expected = [0, 1].map((column) => parts[6 + column]! + parts[10 + column]!);
    expect(sums.slice(2, 4)).toEqual(expected.map((x) => expect.closeTo(x, 10)));
  });

  test("derivatives of both orders are those of central differences, with parts missing and with none", () => {
    const present = constant(known, [n, m]);
    const shapes = fusionShapes(m, d);
    expect(shapes).toEqual({ weight: [m, d], bias: [m] });
    const matrix = (data: readonly number[], rows: number): number[][] =>
      Array.from({ length: rows }, (_, i) =>
        data.slice((i * data.length) / rows, ((i + 1) * data.length) / rows),
      );
    const values = { weight: matrix(weight, m), bias, parts: matrix(parts, n).map((row) => matrix(row, m)) };
    checkGradient(
      ({ parts: x, ...rest }) => fuse(rest as FusionParams<Tensor>, { parts: x, present }),
      values,
    );
  });

  test("the gate finds the one modality that tells, and takes another where that is missing", () => {
    const [items, width] = [200, 3];
    const draw = createRng(5).split("world");
    const truth = Array.from({ length: items }, () => Array.from({ length: width }, () => draw.normal()));
    const near = truth.map((row) => row.map((x) => x + 0.7 * draw.normal()));
    const noise = truth.map((row) => row.map(() => draw.normal()));
    const present = constant(
      truth.flatMap((_, i) => [1, i % 4 === 0 ? 0 : 1, 1]),
      [items, 3],
    );
    const given = {
      parts: constant(
        truth.flatMap((row, i) => [...noise[i]!, ...row, ...near[i]!]),
        [items, 3, width],
      ),
      present,
    };
    const bias = input("bias", [3]);
    const gating = { weight: constant(new Float32Array(3 * width), [3, width]), bias };
    const scaled = constant(
      truth.flatMap((row, i) => row.map((x) => (i % 4 === 0 ? 2 : 3) * x)),
      [items, width],
    );
    const loss = mean(square(sub(fuse(gating, given), scaled)));
    const slope = grad(loss, { bias }).bias;
    let at = [0, 0, 0];
    for (let step = 0; step < 60; step++) {
      const [by] = evaluate([slope], new Map([[bias, at]]));
      at = at.map((x, k) => x - 0.5 * by![k]!);
    }
    const [gates] = evaluate([modalityGates(gating, given)], new Map([[bias, at]]));
    expect(gates![3 + 1]).toBeGreaterThan(0.85);
    expect(gates![3 + 1]!).toBeGreaterThan(6 * gates![3 + 2]!);
    expect(gates![2]!).toBeGreaterThan(2 * gates![0]!);
  });
});
