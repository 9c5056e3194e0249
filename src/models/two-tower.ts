import { add, dot, mul, relu, type Shape, squeeze, type Tensor } from "../tensor/index.ts";
import {
  dense,
  denseSide,
  hiddenLayers,
  type Layer,
  type Layers,
  layerShape,
  layerShapes,
  type Side,
  type SideLayer,
  sideShape,
} from "./layers.ts";
import type { Model, ModelOptions, Params, RowSpec, Rows } from "./model.ts";

interface Tower<T> extends Params<T> {
  /** Reads the side's columns. */
  readonly first: SideLayer<T>;
  readonly layers: Layers<T>;
  /** No ReLU follows. */
  readonly out: Layer<T>;
}

interface TwoTowerParams<T> extends Params<T> {
  readonly user: Tower<T>;
  readonly item: Tower<T>;
  /** Bias of the item, or whatever its columns say whoever asks. */
  readonly level: SideLayer<T>;
}

/**
 * A tower of dense layers for each side, an inner product of what they end in, and a bias (Huang et al. 2013, DSSM, for
 * the towers; Yi et al. 2019 for recommendation): `<user tower, item tower> / sqrt(width) + level`. A side of which
 * nothing is known is one learned vector, which an inner loop makes the task's own.
 *
 * @example twoTower.shapes({ size: 8, user: 2, item: 3, userId: 0, itemId: 1, dense: 2 }, { hidden: [32, 16], dropout: 0 });
 */
export const twoTower: Model = {
  name: "two-tower",
  title: "Two towers",
  shapes: (spec, options): Params<Shape> => ({
    user: towerShapes(spec, "user", options),
    item: towerShapes(spec, "item", options),
    level: sideShape(spec, "item", 1),
  }),
  /** Like He's rule, without the factor for a ReLU where none follows. A vector before a ReLU must not start at zero. */
  start(path, [inputs = 1]) {
    if (path.endsWith("first.alone")) return { deviation: 1 };
    return /(out|level)\.weight$/.test(path) ? { deviation: Math.sqrt(1 / inputs) } : undefined;
  },
  score(params, rows, { drop }) {
    const { user, item, level } = params as TwoTowerParams<Tensor>;
    const [left, right] = [
      towerOf(user, { rows, side: "user", drop }),
      towerOf(item, { rows, side: "item", drop }),
    ];
    const match = mul(dot(left, right), 1 / Math.sqrt(left.shape[1] ?? 1));
    return add(match, squeeze(denseSide(level, rows, "item"), -1));
  },
  head: ["user.out", "item.out", "level"],
};

function towerShapes(spec: RowSpec, side: Side, { hidden }: ModelOptions): Tower<Shape> {
  const [first = spec.size, ...rest] = hidden;
  const last = hidden.at(-1) ?? first;
  return {
    first: sideShape(spec, side, first),
    layers: layerShapes(first, rest),
    out: layerShape(last, last),
  };
}

interface Read {
  readonly rows: Rows;
  readonly side: Side;
  readonly drop: (hidden: Tensor) => Tensor;
}

/** `[n, width]` */
function towerOf({ first, layers, out }: Tower<Tensor>, { rows, side, drop }: Read): Tensor {
  return dense(out, hiddenLayers(layers, drop(relu(denseSide(first, rows, side))), drop));
}
