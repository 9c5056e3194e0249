import { dense, type Layer, layerShape } from "../../../models/layers.ts";
import type { Params } from "../../../models/model.ts";
import {
  abs,
  add,
  concat,
  exp,
  flatten,
  grad,
  greater,
  log,
  mapTree,
  mul,
  reshape,
  type Shape,
  sigmoid,
  sign,
  slice,
  split,
  stack,
  stopGradient,
  sub,
  type Tensor,
  tanh,
  unroll,
  where,
  zeros,
} from "../../../tensor/index.ts";
import type { Method } from "../method.ts";
import { everything, fastScore, lossAt, startOf } from "./gradient.ts";

/** Units of the recurrent network: small, for it runs once for every parameter of every task. */
const UNITS = 8;

/** What its output is multiplied by, so that numbers near 1 make steps of a fitting length. */
const SCALE = 0.01;

/** Gradients below `e^-10` are read linearly (`p` of Andrychowicz et al. 2016, appendix A). */
const SMALLEST = 10;

interface Own<T> extends Params<T> {
  /** Input, forget, output gate and proposal, side by side. `[2 + UNITS, 4 UNITS]` */
  readonly gates: Layer<T>;
  readonly update: Layer<T>;
  /** Logarithm of the rate of the plain step beside it. `[1]` */
  readonly logRate: T;
}

type Cell = { readonly at: Tensor; readonly hidden: Tensor; readonly cell: Tensor };

/**
 * Learning to learn by gradient descent (Andrychowicz et al. 2016, sec. 2.1, eq. 3): each step adds what a small recurrent
 * network (one LSTM layer, the same for every parameter, a state for each) makes of the gradients so far. It is
 * meta-trained through the unrolled steps, together with where they start. With `order: 1` the gradients it reads are
 * constants, as in the paper. Unlike there it stands beside a plain step at a learned rate and begins at nothing, so that
 * the whole begins as gradient descent.
 */
export const learnedOptimiser: Method = {
  name: "learned-optimiser",
  title: "Learned optimiser",
  shapes: (): Params<Shape> => ({
    gates: layerShape(2 + UNITS, 4 * UNITS),
    update: layerShape(UNITS, 1),
    logRate: [1],
  }),
  start(path, _, { innerLearningRate }) {
    if (path === "logRate") return { fill: Math.log(innerLearningRate) };
    if (path === "update.weight") return { fill: 0 };
    return path === "gates.weight" ? { deviation: Math.sqrt(1 / (2 + UNITS)) } : undefined;
  },
  adapt(world, prior, task) {
    const { innerSteps: steps, order } = world.config;
    const { gates, update, logRate } = prior.own as Own<Tensor>;
    const start = startOf(world, prior, task, everything);
    const loss = lossAt(world, prior, task);
    const fixed = order === 1 ? stopGradient : (x: Tensor): Tensor => x;
    const at = joined(start);
    const state = zeros([at.shape[0] ?? 0, UNITS]);
    const step = (from: Cell): [Cell, Record<string, never>] => {
      const moving = cutLike(start, from.at);
      const gradient = fixed(joined(grad(loss(moving), moving)));
      const next = remember(gates, readable(gradient), from);
      const proposed = mul(reshape(dense(update, next.hidden), [-1]), SCALE);
      const at = add(sub(from.at, mul(exp(logRate), gradient)), proposed);
      return [{ ...next, at }, {}];
    };
    const [{ at: found }] = unroll(step, { at, hidden: state, cell: state }, { steps });
    return cutLike(start, found);
  },
  score: fastScore,
};

/** All leaves in one row of numbers. */
function joined(tree: Params<Tensor>): Tensor {
  return concat(flatten<Tensor>(tree).map(([, leaf]) => reshape(leaf, [-1])));
}

/** A row of numbers in the nesting of `like`. */
function cutLike(like: Params<Tensor>, row: Tensor): Params<Tensor> {
  let from = 0;
  return mapTree<Params<Tensor>, Tensor, Tensor>(like, ({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    from += size;
    return reshape(slice(row, 0, from - size, from), shape);
  });
}

/**
 * Magnitude and sign of gradients, each near 1 (Andrychowicz et al. 2016, appendix A): `(log |g| / p, sign g)`, for tiny
 * ones `(-1, e^p g)`. `[n] -> [n, 2]`
 */
function readable(gradient: Tensor): Tensor {
  const size = abs(gradient);
  const large = greater(size, Math.exp(-SMALLEST));
  const magnitude = where(large, mul(log(where(large, size, 1)), 1 / SMALLEST), -1);
  const side = where(large, sign(gradient), mul(gradient, Math.exp(SMALLEST)));
  return stack([magnitude, side], 1);
}

/** One step of the LSTM; the forget gate begins open (its bias is 1 more). */
function remember(gates: Layer<Tensor>, seen: Tensor, { hidden, cell }: Cell): Pick<Cell, "hidden" | "cell"> {
  const all = dense(gates, concat([seen, hidden], 1));
  const [take, keep, show, proposal] = split(all, [UNITS, UNITS, UNITS, UNITS], 1) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const kept = mul(sigmoid(add(keep, 1)), cell);
  const next = add(kept, mul(sigmoid(take), tanh(proposal)));
  return { hidden: mul(sigmoid(show), tanh(next)), cell: next };
}
