import fc from "fast-check";
import { expect, test } from "vitest";
import { invertSpd, solveSpdInPlace } from "./cholesky.ts";
import { createRng } from "./rng.ts";

test("inverse of a 2 x 2 matrix by hand, the upper triangle unread", () => {
  const a = Float64Array.of(4, Number.NaN, 2, 3);
  const got = [...invertSpd(a, 2)];
  [3 / 8, -2 / 8, -2 / 8, 4 / 8].forEach((x, i) => expect(got[i]).toBeCloseTo(x, 12));
  expect([...a]).toEqual([4, Number.NaN, 2, 3]);
});

test("A times its inverse is the identity, and the solution of A x = b is the inverse times b", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(), (n, seed) => {
      const rng = createRng(seed);
      const root = Float64Array.from({ length: n * n }, () => rng.normal());
      const a = Float64Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        let sum = i === j ? 0.5 : 0;
        for (let k = 0; k < n; k++) sum += root[i * n + k]! * root[j * n + k]!;
        return sum;
      });
      const inverse = invertSpd(a, n);
      const b = Float64Array.from({ length: n }, () => rng.normal());
      const x = b.slice();
      solveSpdInPlace(a.slice(), x);
      for (let i = 0; i < n; i++) {
        let solved = 0;
        for (let j = 0; j < n; j++) {
          solved += inverse[i * n + j]! * b[j]!;
          let product = 0;
          for (let k = 0; k < n; k++) product += a[i * n + k]! * inverse[k * n + j]!;
          expect(product).toBeCloseTo(Number(i === j), 7);
        }
        expect(solved).toBeCloseTo(x[i]!, 7);
      }
    }),
    { seed: 3, numRuns: 50 },
  );
});

test("what is not positive definite is refused", () => {
  expect(() => invertSpd(Float64Array.of(1, 0, 2, 1), 2)).toThrow("expected a positive definite matrix");
});
