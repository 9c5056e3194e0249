import {
  add,
  concat,
  expand,
  matmul,
  relu,
  type Shape,
  squeeze,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import type { RowSpec, Rows } from "./model.ts";

/** A dense layer `x W + b`. `weight [in, out]`, `bias [out]` */
export interface Layer<T> {
  readonly [key: string]: T;
  readonly weight: T;
  readonly bias: T;
}

/** Layers by position: "0" is next to the input. */
export type Layers<T> = Readonly<Record<string, Layer<T>>>;

/** @example layerShape(3, 2) // { weight: [3, 2], bias: [2] } */
export function layerShape(inputs: number, outputs: number): Layer<Shape> {
  return { weight: [inputs, outputs], bias: [outputs] };
}

/** Shapes of `inputs -> hidden[0] -> ... -> hidden.at(-1)`. */
export function layerShapes(inputs: number, hidden: readonly number[]): Layers<Shape> {
  const layers = hidden.map((out, i) => [String(i), layerShape(hidden[i - 1] ?? inputs, out)]);
  return Object.fromEntries(layers) as Layers<Shape>;
}

/** `x W + b`. `[..., n, in] -> [..., n, out]` */
export function dense({ weight, bias }: Layer<Tensor>, x: Tensor): Tensor {
  return add(matmul(x, weight), bias);
}

/** Layers with a ReLU after each, of whose units `drop` leaves some out. `[n, in] -> [n, out]` */
export function hiddenLayers(layers: Layers<Tensor>, x: Tensor, drop: (hidden: Tensor) => Tensor): Tensor {
  return Object.values(layers).reduce((h, layer) => drop(relu(dense(layer, h))), x);
}

/** A layer with one output. `[n, in] -> [n]` */
export function scalar(layer: Layer<Tensor>, x: Tensor): Tensor {
  return squeeze(dense(layer, x), -1);
}

/** What a row says of the user, what it says of the item with the plain numbers, or all of it. */
export type Side = "user" | "item" | "both";

/** Columns of {@link joinedRows}. */
export function rowWidth(spec: RowSpec, side: Side = "both"): number {
  const user = (spec.user + spec.userId) * spec.size;
  const item = (spec.item + spec.itemId) * spec.size + spec.dense;
  return side === "both" ? user + item : side === "user" ? user : item;
}

/** Parts of rows side by side: user attributes, user ID, item attributes, item ID, plain numbers. `[n, rowWidth]` */
export function joinedRows(
  { user, userId, item, itemId, dense: numbers }: Rows,
  side: Side = "both",
): Tensor {
  const parts = [
    ...(side === "item" ? [] : [user, userId]),
    ...(side === "user" ? [] : [item, itemId, numbers]),
  ];
  return concat(
    parts.filter((part) => part !== undefined),
    -1,
  );
}

/** How many rows there are. */
export function rowCount(rows: Rows): number {
  const { user, userId, item, itemId, dense: numbers } = rows;
  return (user ?? userId ?? item ?? itemId ?? numbers)?.shape[0] ?? 0;
}

/** A dense layer on one side of a row; where the side has no columns, one vector alone, the same for all. `[out]` */
export type SideLayer<T> = Layer<T> | { readonly alone: T };

/** Its shape. */
export function sideShape(spec: RowSpec, side: Side, outputs: number): SideLayer<Shape> {
  const inputs = rowWidth(spec, side);
  return inputs > 0 ? layerShape(inputs, outputs) : { alone: [outputs] };
}

/** `[n, out]` */
export function denseSide(layer: SideLayer<Tensor>, rows: Rows, side: Side): Tensor {
  return isAlone(layer) ? repeated(layer.alone, rowCount(rows)) : dense(layer, joinedRows(rows, side));
}

function isAlone<T>(layer: SideLayer<T>): layer is { readonly alone: T } {
  return "alone" in layer;
}

/** The same vector in every row. `[width] -> [n, width]` */
export function repeated(vector: Tensor, n: number): Tensor {
  return expand(unsqueeze(vector, 0), [n, vector.shape[0] ?? 0]);
}
