import {
  add,
  concat,
  mul,
  reshape,
  type Shape,
  square,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import { joinedRows, type Layer, layerShape, rowCount, rowWidth, scalar } from "./layers.ts";
import type { Model, Params, RowSpec, Rows } from "./model.ts";

interface FmParams<T> extends Params<T> {
  /** First order: a number for every column of the joined row, so that a task's own steps on it make a factor of its own. */
  readonly linear: Layer<T>;
}

/**
 * A factorisation machine of degree two (Rendle 2010, eq. 1): `w0 + w . x + sum over pairs of fields <v_f, v_g>`, where
 * the embedding of a field stands for `v_f x_f`. Plain numbers have factors in the network.
 *
 * @example fm.shapes({ size: 8, user: 2, item: 3, userId: 0, itemId: 1, dense: 2 }, { hidden: [], dropout: 0 });
 */
export const fm: Model = {
  name: "fm",
  title: "FM",
  shapes: (spec): Params<Shape> => ({ linear: layerShape(rowWidth(spec), 1), ...numberShapes(spec) }),
  start: numberStart,
  score(params, rows, { spec }) {
    const { linear } = params as FmParams<Tensor>;
    return add(scalar(linear, joinedRows(rows)), pairSum(params, rows, spec));
  },
  head: ["linear"],
};

/** Factors of the plain numbers, where there are some. `[dense, size]` */
export function numberShapes({ dense, size }: RowSpec): Params<Shape> {
  return dense > 0 ? { numbers: [dense, size] } : {};
}

/** They start like embeddings do. */
export function numberStart(path: string): { readonly deviation: number } | undefined {
  return path === "numbers" ? { deviation: 0.1 } : undefined;
}

/**
 * Sum of the inner products of all pairs of fields, in time linear in their number (Rendle 2010, lemma 3.1):
 * `(|sum of v|^2 - sum of |v|^2) / 2`. `[n]`
 */
export function pairSum(params: Params<Tensor>, rows: Rows, spec: RowSpec): Tensor {
  const fields = fieldRows(rows, spec, params["numbers"] as Tensor | undefined);
  const ofSum = square(sum(fields, 1));
  return mul(sum(sub(ofSum, sum(square(fields), 1)), 1), 0.5);
}

/** An embedding a field, plain numbers times their factors behind the others. `[n, fields, size]` */
function fieldRows(rows: Rows, { size }: RowSpec, numbers: Tensor | undefined): Tensor {
  const { dense, ...embedded } = rows;
  const parts = [embedded.user, embedded.userId, embedded.item, embedded.itemId]
    .filter((part) => part !== undefined)
    .map((part) => reshape(part, [rowCount(rows), -1, size]));
  if (dense !== undefined && numbers !== undefined) parts.push(mul(unsqueeze(dense, -1), numbers));
  return concat(parts, 1);
}
