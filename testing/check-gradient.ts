import { ForetasteError } from "../src/base/errors.ts";
import { createRng } from "../src/base/rng.ts";
import { add, constant, grad, mul, sum, type Tensor } from "../src/tensor/index.ts";
import { evaluate } from "./reference.ts";
import { inputsLike, type Literal, type Tensors, valueOf } from "./tensor-literal.ts";

export interface GradientCheck {
  /** 2 (the default) checks first and second derivatives, 1 the first only. */
  readonly order?: 1 | 2;
  /** Allowed difference, relative to the larger of 1 and the derivative. */
  readonly tolerance?: number;
  /** Distance of the central differences, relative to the larger of 1 and the number it is added to. */
  readonly step?: number;
}

/**
 * Compares derivatives with central differences, `(f(x + h) - f(x - h)) / 2h`, in float64. A result that is no scalar
 * is first multiplied with fixed random weights and summed; for the second order the same is done with the gradient,
 * so that every entry of the Hessian counts.
 *
 * @param build the function; called once with one input tensor per value
 * @param values where to check: float32 ones are differentiated, others only fed. Keep away from kinks.
 * @throws NUMERIC naming order, input and element that disagree
 * @example checkGradient(({ x }) => tanh(x), { x: [0.3, -1] });
 */
export function checkGradient<V extends Readonly<Record<string, Literal>>>(
  build: (inputs: Tensors<V>) => Tensor,
  values: V,
  { order = 2, tolerance = 1e-6, step = 1e-5 }: GradientCheck = {},
): void {
  const inputs = inputsLike(values);
  const named = Object.entries<Tensor>(inputs);
  const feeds = new Map(named.map(([name, x]) => [x, Float64Array.from(valueOf(values[name] ?? 0).data)]));
  const wrt = Object.fromEntries(named.filter(([, x]) => x.dtype === "float32"));
  if (Object.keys(wrt).length === 0) {
    const [expected, got] = ["at least one float32 value", named.map(([, x]) => x.dtype).join(", ")];
    throw new ForetasteError("NUMERIC", { where: "checkGradient", expected, got });
  }
  const first = toScalar([build(inputs)], "first");
  compare({ scalar: first, wrt, feeds, order: 1, tolerance, step });
  if (order === 1) return;
  const gradient = Object.values(grad(first, wrt));
  compare({ scalar: toScalar(gradient, "second"), wrt, feeds, order: 2, tolerance, step });
}

/** All elements times fixed weights between 0.5 and 1.5, summed. */
function toScalar(tensors: readonly Tensor[], label: string): Tensor {
  const rng = createRng("checkGradient").split(label);
  const weighted = tensors.map((t) => {
    const size = t.shape.reduce((a, b) => a * b, 1);
    const weights = Array.from({ length: size }, () => 0.5 + rng.next());
    return sum(mul(t, constant(weights, t.shape)));
  });
  return weighted.reduce((a, b) => add(a, b));
}

interface Comparison {
  readonly scalar: Tensor;
  readonly wrt: Readonly<Record<string, Tensor>>;
  readonly feeds: ReadonlyMap<Tensor, Float64Array>;
  readonly order: 1 | 2;
  readonly tolerance: number;
  readonly step: number;
}

function compare({ scalar, wrt, feeds, order, tolerance, step }: Comparison): void {
  const gradients = evaluate(Object.values(grad(scalar, wrt)), feeds);
  Object.entries(wrt).forEach(([name, x], which) => {
    const data = feeds.get(x) ?? new Float64Array();
    data.forEach((at, i) => {
      const h = step * Math.max(1, Math.abs(at));
      const moved = [at + h, at - h].map((to) => valueAt(scalar, feeds, [x, data.with(i, to)]));
      const expected = ((moved[0] ?? 0) - (moved[1] ?? 0)) / (2 * h);
      const got = gradients[which]?.[i] ?? Number.NaN;
      if (Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected))) return;
      const where = `checkGradient, order ${order}, input "${name}", element ${i} of [${x.shape.join(", ")}]`;
      throw new ForetasteError("NUMERIC", {
        where,
        expected: `${expected} by central differences`,
        got: String(got),
      });
    });
  });
}

function valueAt(
  scalar: Tensor,
  feeds: ReadonlyMap<Tensor, Float64Array>,
  change: readonly [Tensor, Float64Array],
): number {
  return evaluate([scalar], new Map([...feeds, change]))[0]?.[0] ?? Number.NaN;
}
