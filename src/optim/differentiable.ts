import { ForetasteError } from "../base/errors.ts";
import * as t from "../tensor/index.ts";

/**
 * A gradient transformation of tensors instead of numbers: its updates are part of the graph, so that gradients flow
 * through an inner loop, to where it started and to what it was tuned with. The state is a tree of tensors and can be
 * carried by `unroll`.
 */
export interface TensorTransform<S extends t.TensorTree> {
  init(params: t.TensorTree): S;
  /** `[updates, next state]`, the updates in the nesting of `params` and to be added to them. */
  update<P extends t.TensorTree>(grads: t.TensorTree, state: S, params: P): [updates: P, state: S];
}

interface TensorRate {
  /**
   * A number, a tensor that broadcasts to every leaf, or a tree of such with one for each leaf (Meta-SGD, Li et al.
   * 2017); gradients flow to tensors.
   */
  readonly learningRate: number | t.TensorTree;
}

/** Numbers, or tensors to be tuned by gradients. */
export interface DifferentiableSgdOptions extends TensorRate {
  readonly momentum?: t.Operand;
  readonly nesterov?: boolean;
}

/**
 * {@link sgd} on tensors: `-learningRate * g`, or with momentum `v <- momentum v + g` in the place of `g`.
 *
 * @throws SHAPE when a leaf has no gradient or no learning rate
 * @example
 * const inner = differentiableSgd({ learningRate: alpha, momentum: 0.9 });
 * const [updates, next] = inner.update(grad(loss, params), state, params);
 */
export function differentiableSgd(options: DifferentiableSgdOptions): TensorTransform<t.TensorTree> {
  const { learningRate, momentum, nesterov = false } = options;
  const plain = momentum === undefined || momentum === 0;
  return {
    init: (params) => (plain ? {} : zerosLike(params)),
    update(grads, state, params) {
      const ahead = (v: t.Tensor, g: t.Tensor): t.Tensor => t.add(t.mul(momentum ?? 0, v), g);
      const velocity = plain ? state : join(params, [state, grads], ahead);
      const moved = plain ? grads : nesterov ? join(params, [velocity, grads], ahead) : velocity;
      return [descend(params, moved, learningRate), velocity];
    },
  };
}

/** Numbers, or tensors to be tuned by gradients. */
export interface DifferentiableAdamOptions extends TensorRate {
  readonly beta1?: t.Operand;
  readonly beta2?: t.Operand;
  /** Added to the root of the variance estimate; 1e-8 by default. */
  readonly epsilon?: t.Operand;
  /** Added under the root as well; 0 by default. With it derivatives near a zero gradient stay of moderate size. */
  readonly epsilonRoot?: t.Operand;
}

/** Both moments as tensors, and the weights that correct them. */
export type DifferentiableAdamState = {
  readonly mean: t.TensorTree;
  readonly variance: t.TensorTree;
  /** `1 - beta1^steps` and `1 - beta2^steps`, without the cancellation of computing them so. */
  readonly weight: { readonly mean: t.Tensor; readonly variance: t.Tensor };
};

/**
 * {@link adam} on tensors (Kingma and Ba 2015, alg. 1). Where the variance estimate is zero, so that its root has no
 * derivative, the root counts as constant: a parameter that never had a gradient has a finite derivative, `1 / epsilon`
 * at the first step.
 *
 * @throws SHAPE when a leaf has no gradient or no learning rate
 * @example const inner = differentiableAdam({ learningRate: { w: alphaW, b: alphaB } });
 */
export function differentiableAdam(
  options: DifferentiableAdamOptions,
): TensorTransform<DifferentiableAdamState> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonRoot = 0, learningRate } = options;
  const zero = (): t.Tensor => t.constant(0);
  return {
    init: (params) => ({
      mean: zerosLike(params),
      variance: zerosLike(params),
      weight: { mean: zero(), variance: zero() },
    }),
    update(grads, state, params) {
      const mean = join(params, [state.mean, grads], (m, g) => average(beta1, m, g));
      const variance = join(params, [state.variance, grads], (v, g) => average(beta2, v, t.square(g)));
      const weight = {
        mean: average(beta1, state.weight.mean, 1),
        variance: average(beta2, state.weight.variance, 1),
      };
      const direction = join(params, [mean, variance], (m, v) => {
        const spread = rootOf(t.add(t.div(v, weight.variance), epsilonRoot));
        return t.div(t.div(m, weight.mean), t.add(spread, epsilon));
      });
      return [descend(params, direction, learningRate), { mean, variance, weight }];
    },
  };
}

/** `keep a + (1 - keep) b` */
function average(keep: t.Operand, a: t.Tensor, b: t.Operand): t.Tensor {
  const take = typeof keep === "number" ? 1 - keep : t.sub(1, keep);
  return t.add(t.mul(keep, a), t.mul(take, b));
}

/** The root, with derivative zero at zero. */
function rootOf(x: t.Tensor): t.Tensor {
  const positive = t.greater(x, 0);
  return t.where(positive, t.sqrt(t.where(positive, x, 1)), 0);
}

function zerosLike(params: t.TensorTree): t.TensorTree {
  return t.mapTree<t.TensorTree, t.Tensor, t.Tensor>(params, (leaf) => t.zeros(leaf.shape));
}

function descend<P extends t.TensorTree>(
  params: P,
  direction: t.TensorTree,
  rate: TensorRate["learningRate"],
): P {
  const rates = typeof rate === "number" ? undefined : new Map(t.flatten<t.Tensor>(rate));
  return join(params, [direction, params], (d, p, path) => {
    const own = typeof rate === "number" ? rate : (rates?.get("") ?? rates?.get(path));
    if (own === undefined) throw misfit(path, "a learning rate", "nothing");
    if (typeof own === "number") return t.mul(-own, d);
    // Unexpanded, so that its derivative is one inner product: the compiler then need not form a gradient of low rank.
    return t.mul(t.neg(t.sizeOf(own.shape) === 1 ? t.reshape(own, []) : t.expand(own, p.shape)), d);
  });
}

/** A tree like `params` from two others, leaf by leaf. */
function join<P extends t.TensorTree>(
  params: P,
  [first, second]: readonly [t.TensorTree, t.TensorTree],
  make: (a: t.Tensor, b: t.Tensor, path: string) => t.Tensor,
): P {
  const [left, right] = [first, second].map((tree) => new Map(t.flatten<t.Tensor>(tree)));
  return t.mapTree<P, t.Tensor, t.Tensor>(params, (p, path) => {
    const [a, b] = [left, right].map((leaves) => leaves?.get(path));
    if (a === undefined || b === undefined) throw misfit(path, "a gradient", "nothing");
    const wrong = [a, b].find((x) => String(x.shape) !== String(p.shape));
    if (wrong) throw misfit(path, `a gradient [${p.shape.join(", ")}]`, `[${wrong.shape.join(", ")}]`);
    return make(a, b, path);
  }) as t.TensorTree as P;
}

function misfit(path: string, expected: string, got: string): ForetasteError {
  return new ForetasteError("SHAPE", { where: `optimiser, leaf "${path}"`, expected, got });
}
