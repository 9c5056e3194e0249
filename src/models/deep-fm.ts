import { add, type Shape, type Tensor } from "../tensor/index.ts";
import { numberShapes, numberStart, pairSum } from "./fm.ts";
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

interface DeepFmParams<T> extends Params<T> {
  readonly linear: Layer<T>;
  readonly layers: Layers<T>;
  readonly head: Layer<T>;
}

/**
 * A factorisation machine plus a deep part on the same embeddings (Guo et al. 2017, DeepFM, eq. 1).
 *
 * @example deepFm.shapes({ size: 8, user: 2, item: 3, userId: 0, itemId: 1, dense: 0 }, { hidden: [32], dropout: 0 });
 */
export const deepFm: Model = {
  name: "deep-fm",
  title: "DeepFM",
  shapes(spec, { hidden }): Params<Shape> {
    const inputs = rowWidth(spec);
    return {
      linear: layerShape(inputs, 1),
      ...numberShapes(spec),
      layers: layerShapes(inputs, hidden),
      head: layerShape(hidden.at(-1) ?? inputs, 1),
    };
  },
  start: numberStart,
  score(params, rows, { spec, drop }) {
    const { linear, layers, head } = params as DeepFmParams<Tensor>;
    const x = joinedRows(rows);
    const wide = add(scalar(linear, x), pairSum(params, rows, spec));
    return add(wide, scalar(head, hiddenLayers(layers, x, drop)));
  },
  head: ["linear", "head"],
};
