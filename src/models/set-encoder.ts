import {
  add,
  concat,
  div,
  mul,
  relu,
  reshape,
  type Shape,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import { dense, joinedRows, type Layers, layerShapes, rowWidth } from "./layers.ts";
import type { Events, RowSpec } from "./model.ts";

/** Shapes of {@link encodeSet}: dense layers over an event's row, its value and their product. */
export function setShapes(spec: RowSpec, widths: readonly number[]): Layers<Shape> {
  return layerShapes(2 * rowWidth(spec) + 1, widths);
}

/**
 * What a set of events says, in whatever order (Zaheer et al. 2017, eq. 3; the encoder of Garnelo et al. 2018): the sum
 * over events of dense layers on row, value and their product, by their weights, over the weights plus one, so that few
 * events say little and none gives zeros. `[width]`
 */
export function encodeSet(layers: Layers<Tensor>, events: Events): Tensor {
  const { value, mask } = events;
  const [row, by] = [joinedRows(events), unsqueeze(value, -1)];
  const x = concat([row, mul(row, by), by], -1);
  const each = Object.values(layers).reduce((h, layer) => relu(dense(layer, h)), x);
  return div(sum(mul(each, unsqueeze(mask, -1)), 0), add(sum(mask), 1));
}

/** A layer on one vector. `[in] -> [out]` */
export function denseVector(layer: Layers<Tensor>[string], x: Tensor): Tensor {
  return reshape(dense(layer, unsqueeze(x, 0)), layer.bias.shape);
}
