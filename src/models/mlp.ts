import type { Shape, Tensor } from "../tensor/index.ts";
import {
  hiddenLayers,
  joinedRows,
  type Layer,
  type Layers,
  layerShape,
  layerShapes,
  rowWidth,
  scalar,
} from "./layers.ts";
import type { Model, Params } from "./model.ts";

interface MlpParams<T> extends Params<T> {
  readonly layers: Layers<T>;
  readonly head: Layer<T>;
}

/**
 * MeLU's decision layers (Lee et al. 2019, sec. 3.1, eq. 2-3): joined embeddings through dense layers, a ReLU between
 * them and none after the last.
 *
 * @example mlp.shapes({ size: 32, user: 4, item: 4, userId: 0, itemId: 0, dense: 0 }, { hidden: [64, 64], dropout: 0 });
 * // layers 256 -> 64 -> 64, head 64 -> 1
 */
export const mlp: Model = {
  name: "mlp",
  title: "MLP",
  shapes(spec, { hidden }): MlpParams<Shape> {
    const inputs = rowWidth(spec);
    return { layers: layerShapes(inputs, hidden), head: layerShape(hidden.at(-1) ?? inputs, 1) };
  },
  score(params, rows, { drop }) {
    const { layers, head } = params as MlpParams<Tensor>;
    return scalar(head, hiddenLayers(layers, joinedRows(rows), drop));
  },
  head: ["head"],
};
