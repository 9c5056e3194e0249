import { concat, mul, type Shape, type Tensor } from "../tensor/index.ts";
import {
  denseSide,
  hiddenLayers,
  joinedRows,
  type Layer,
  type Layers,
  layerShape,
  layerShapes,
  rowWidth,
  type SideLayer,
  scalar,
  sideShape,
} from "./layers.ts";
import type { Model, Params } from "./model.ts";

interface NcfParams<T> extends Params<T> {
  /** Factors of the two sides, from their embeddings. */
  readonly user: SideLayer<T>;
  readonly item: SideLayer<T>;
  readonly layers: Layers<T>;
  readonly head: Layer<T>;
}

/**
 * Neural collaborative filtering (He et al. 2017, NeuMF, eq. 12): the product of the factors of user and item, element
 * by element (generalised matrix factorisation), beside a multi-layer perceptron on both; one layer reads the two.
 * Factors are linear maps of what is known of each side. Where nothing is known of one, its factors are the same
 * learned vector in every row, which an inner loop makes the task's own.
 *
 * @example ncf.shapes({ size: 8, user: 2, item: 3, userId: 0, itemId: 1, dense: 0 }, { hidden: [32], dropout: 0 });
 */
export const ncf: Model = {
  name: "ncf",
  title: "NCF",
  shapes(spec, { hidden }): Params<Shape> {
    const inputs = rowWidth(spec);
    return {
      user: sideShape(spec, "user", spec.size),
      item: sideShape(spec, "item", spec.size),
      layers: layerShapes(inputs, hidden),
      head: layerShape(spec.size + (hidden.at(-1) ?? inputs), 1),
    };
  },
  /** Linear maps: no ReLU follows. */
  start(path, [inputs = 1]) {
    return /^(user|item)\.weight$/.test(path) ? { deviation: Math.sqrt(1 / inputs) } : undefined;
  },
  score(params, rows, { drop }) {
    const { user, item, layers, head } = params as NcfParams<Tensor>;
    const factors = mul(denseSide(user, rows, "user"), denseSide(item, rows, "item"));
    const deep = hiddenLayers(layers, joinedRows(rows), drop);
    return scalar(head, concat([factors, deep], -1));
  },
  head: ["head"],
};
