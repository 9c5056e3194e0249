import { expect, test } from "vitest";
import { compile, grad, input, mul, referenceBackend, square, sum } from "../../tensor/index.ts";
import { reverseGradient } from "./reversal.ts";

test("values pass, gradients flip and scale; before and behind it", async () => {
  const x = input("x", [3]);
  const w = input("w", [3]);
  // y = sum (w R(x))^2: dy/dw = 2 w x^2 as ever, dy/dx = 2 w^2 x, reversed and halved.
  const y = sum(square(mul(w, reverseGradient(x, 0.5))));
  const outputs = { y, gradients: grad(y, { x, w }) };
  const program = await compile({ x, w }, outputs, { backend: referenceBackend });
  const found = await program.run({ x: Float32Array.of(1, 2, 3), w: Float32Array.of(1, -1, 2) });
  expect(found.y[0]).toBeCloseTo(1 + 4 + 36);
  expect(Array.from(found.gradients.w)).toEqual([2, -8, 36]);
  expect(Array.from(found.gradients.x)).toEqual([-1, -2, -12]);
});
