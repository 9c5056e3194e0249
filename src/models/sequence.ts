import {
  add,
  and,
  cast,
  concat,
  constant,
  dot,
  equal,
  greater,
  indicator,
  matmul,
  matvec,
  minimum,
  mul,
  oneHot,
  ones,
  reshape,
  type Shape,
  slice,
  squeeze,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import { attentionBlock, type Block, blockShape, normalise, normShape } from "./attention.ts";
import {
  dense,
  hiddenLayers,
  joinedRows,
  type Layer,
  type Layers,
  layerShape,
  layerShapes,
  rowWidth,
  scalar,
} from "./layers.ts";
import type { Events, Model, Params, Scoring } from "./model.ts";

/** Ages that have an embedding: 0 for the latest event, 1 for the one before, the last for all that are older. */
const AGES = 32;

interface SequenceParams<T> extends Params<T> {
  /** Reads an event's row. */
  readonly event: Layer<T>;
  /** Reads it again, times the event's value. */
  readonly valued: Layer<T>;
  readonly ages: T;
  /** The state before any event. */
  readonly nobody: T;
  readonly blocks: Readonly<Record<string, Block<T>>>;
  readonly norm: { readonly scale: T; readonly bias: T };
  /** What a pair is to the state. */
  readonly layers: Layers<T>;
  readonly match: Layer<T>;
  readonly level: Layer<T>;
}

/**
 * A transformer over the support, oldest event first (SASRec, Kang and McAuley 2018): events are embedded with their
 * values and ages, every position looks at those before it, and the state after the last event is matched with a pair:
 * `<state, pair> / sqrt(width) + level`. The first position is a learned state, all there is without an event. The
 * support's own events are matched with the state before each (`own`). A block for every hidden width.
 *
 * @example sequence.shapes({ size: 8, user: 0, item: 3, userId: 0, itemId: 1, dense: 0 }, { hidden: [32, 32], dropout: 0.1 });
 */
export const sequence: Model = {
  name: "sequence",
  title: "Sequence transformer",
  shapes(spec, { hidden }): Params<Shape> {
    const inputs = rowWidth(spec);
    const width = hidden[0] ?? spec.size;
    return {
      event: layerShape(inputs, width),
      valued: layerShape(inputs, width),
      ages: [AGES, width],
      nobody: [width],
      blocks: Object.fromEntries(hidden.map((inner, i) => [String(i), blockShape(width, inner)])),
      norm: normShape(width),
      layers: layerShapes(inputs, [width]),
      match: layerShape(width, width),
      level: layerShape(inputs, 1),
    };
  },
  /** Linear maps start without the factor for a ReLU. */
  start(path, [inputs = 1]) {
    if (path.endsWith(".scale") || path === "scale") return { fill: 1 };
    if (path === "nobody") return { deviation: 1 };
    const precedesRelu = path.startsWith("layers.") || path.endsWith("feed.weight");
    return path.endsWith("weight") && !precedesRelu ? { deviation: Math.sqrt(1 / inputs) } : undefined;
  },
  score(params, rows, scoring) {
    const { layers, match, level } = params as SequenceParams<Tensor>;
    const x = joinedRows(rows);
    const pair = dense(match, hiddenLayers(layers, x, scoring.drop));
    const states = statesOf(params as SequenceParams<Tensor>, scoring);
    const { mask } = scoring.support;
    const [slots = 0] = mask.shape;
    const fit = scoring.own ? dot(slice(states, 0, 0, slots), pair) : matvec(pair, lastState(states, mask));
    return add(mul(fit, 1 / Math.sqrt(pair.shape[1] ?? 1)), scalar(level, x));
  },
  head: ["match", "level"],
  readsSupport: true,
};

/** The state before any event, then that after each of the `s` slots. `[s + 1, width]` */
function statesOf(params: SequenceParams<Tensor>, { support, drop }: Scoring): Tensor {
  const events = eventRows(params, support);
  const first = unsqueeze(params.nobody, 0);
  const sees = lookback(support.mask);
  const start = events === undefined ? first : concat([first, events], 0);
  const last = Object.values(params.blocks).reduce(
    (x, block) => attentionBlock(block, x, { sees, drop }),
    start,
  );
  return normalise(params.norm, last);
}

/** `[s, width]`, nothing where there is no slot. */
function eventRows({ event, valued, ages }: SequenceParams<Tensor>, support: Events): Tensor | undefined {
  const { value, mask } = support;
  if (mask.shape[0] === 0) return undefined;
  const x = joinedRows(support);
  const age = minimum(cast(agesOf(mask), "int32"), constant(AGES - 1, [], "int32"));
  const read = add(dense(event, x), mul(dense(valued, x), unsqueeze(value, -1)));
  return add(read, matmul(oneHot(age, AGES), ages));
}

/** How many events follow each slot. `[s]` */
function agesOf(mask: Tensor): Tensor {
  const [n = 0] = mask.shape;
  return matvec(
    triangle(n, (row, column) => column > row),
    indicator(greater(mask, 0)),
  );
}

/** Each position looks at itself and at events before it; all look at the first. bool `[s + 1, s + 1]` */
function lookback(mask: Tensor): Tensor {
  const [n = 0] = mask.shape;
  const earlier = greater(
    triangle(n + 1, (row, column) => column <= row),
    0,
  );
  const present = greater(concat([ones([1]), mask], 0), 0);
  return and(earlier, reshape(present, [1, n + 1]));
}

/** The state after the last event, the first where there is none. `[width]` */
function lastState(states: Tensor, mask: Tensor): Tensor {
  const present = indicator(greater(mask, 0));
  const isLast = mul(present, indicator(equal(agesOf(mask), 0)));
  const isNobody = indicator(equal(sum(present, 0, true), 0));
  return squeeze(matmul(reshape(concat([isNobody, isLast], 0), [1, -1]), states), 0);
}

function triangle(n: number, holds: (row: number, column: number) => boolean): Tensor {
  const cells = Array.from({ length: n * n }, (_, i) => Number(holds(Math.floor(i / n), i % n)));
  return constant(cells, [n, n]);
}
