import { ForetasteError } from "../../base/errors.ts";
import { apply, type Op, shapeError, sizeOf, type Tensor } from "../tensor.ts";
import { reshape, stackAll } from "./broadcast.ts";
import { equal } from "./compare.ts";
import { add } from "./elementwise.ts";
import { asTensor, constant, type Operand } from "./leaf.ts";
import { cast } from "./select.ts";
import { unsqueeze } from "./structure.ts";

const gatherOp: Op<null> = {
  name: "gather",
  infer(inputs) {
    const [table, rows] = inputs as [Tensor, Tensor];
    if (table.shape.length === 0 || rows.dtype !== "int32")
      throw shapeError("gather", inputs, "a table [n, ...] and int32 row numbers");
    return { shape: [...rows.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  vjp: (node, cotangent) => [scatterAdd(cotangent, node.inputs[1]!, node.inputs[0]!.shape[0]!), undefined],
  reference([table, rows], _, out) {
    checkRows("gather", rows!.data, table!.shape[0]!);
    const width = sizeOf(table!.shape.slice(1));
    rows!.data.forEach((row, i) => out.set(table!.data.subarray(row * width, (row + 1) * width), i * width));
  },
  lower: (emit, [table, rows]) => emit.node("Gather", [table!, rows!], { axis: 0 }),
  /** One table for all is read as it is; tables of their own are laid end to end. */
  batch(_, inputs, stacked) {
    if (!stacked[0]) return gather(inputs[0]!, inputs[1]!);
    const [tables, rows] = stackAll(inputs, stacked) as [Tensor, Tensor];
    const [, n] = tables.shape as [number, number];
    return gather(reshape(tables, [tables.shape[0]! * n, ...tables.shape.slice(2)]), endToEnd(rows, n));
  },
};

/** Row numbers of a stack of tables of `size` rows each, laid end to end. `int32 [n, ...i] -> [n, ...i]` */
function endToEnd(rows: Tensor, size: number): Tensor {
  const [n, ...rest] = rows.shape as [number, ...number[]];
  const offsets = Int32Array.from({ length: n }, (_, i) => i * size);
  return add(rows, constant(offsets, [n, ...rest.map(() => 1)], "int32"));
}

/** @throws FEED when a number is not a row of the table */
export function checkRows(where: string, rows: Float64Array, count: number): void {
  const bad = rows.find((row) => row < 0 || row >= count);
  if (bad === undefined) return;
  throw new ForetasteError("FEED", {
    where,
    expected: `row numbers from 0 to ${count - 1}`,
    got: String(bad),
  });
}

/**
 * Rows of a table (embedding look-up). `[n, ...rest], int32 [...i] -> [...i, ...rest]`, row numbers in `[0, n)`. The
 * gradient of the table is that of all its rows, see `rowAdam` for large ones.
 *
 * @example gather(embeddings, items) // [n, width], [tasks, shots] -> [tasks, shots, width]
 */
export function gather(table: Tensor, rows: Tensor): Tensor {
  return apply(gatherOp, [table, rows], null);
}

const scatterAddOp: Op<{ readonly rows: number }> = {
  name: "scatterAdd",
  infer(inputs, { rows }) {
    const [values, at] = inputs as [Tensor, Tensor];
    const fits = at.shape.every((n, axis) => values.shape[axis] === n) && Number.isInteger(rows) && rows >= 0;
    if (!fits || at.dtype !== "int32" || values.dtype !== "float32")
      throw shapeError("scatterAdd", inputs, `float32 [...i, ...rest], int32 [...i], a size, not ${rows}`);
    return { shape: [rows, ...values.shape.slice(at.shape.length)], dtype: "float32" };
  },
  vjp: (node, cotangent) => [gather(cotangent, node.inputs[1]!), undefined],
  reference([values, at], node, out) {
    checkRows("scatterAdd", at!.data, node.shape[0]!);
    const width = sizeOf(node.shape.slice(1));
    at!.data.forEach((row, i) => {
      for (let j = 0; j < width; j++) out[row * width + j]! += values!.data[i * width + j]!;
    });
  },
  lower(emit, [values, at], node) {
    const zeros = emit.node("Expand", [emit.scalar(0), emit.ints(node.shape)]);
    const wide = emit.node("Cast", [at!], { to: 7 });
    const places = emit.node("Unsqueeze", [wide, emit.ints([node.inputs[1]!.shape.length])]);
    return emit.node("ScatterND", [zeros, places, values!], { reduction: "add" });
  },
  batch(node, inputs, stacked) {
    const [values, rows] = stackAll(inputs, stacked) as [Tensor, Tensor];
    const [n, { rows: size }] = [values.shape[0]!, node.attributes];
    return reshape(scatterAdd(values, endToEnd(rows, size), n * size), [n, ...node.shape]);
  },
};

/**
 * Adds rows into a table of zeros; equal row numbers add up. The adjoint of `gather`.
 * `[...i, ...rest], int32 [...i] -> [size, ...rest]`
 *
 * @example scatterAdd(ones([events]), items, catalogue) // how often each item occurs
 */
export function scatterAdd(values: Tensor, rows: Tensor, size: number): Tensor {
  return apply(scatterAddOp, [values, rows], { rows: size });
}

/**
 * Ones at the given columns, zeros elsewhere. `int32 [...i] -> [...i, size]`
 *
 * @example oneHot(labels, 10)
 */
export function oneHot(columns: Operand, size: number): Tensor {
  const at = asTensor("oneHot", columns, "int32");
  if (at.dtype !== "int32" || !Number.isInteger(size) || size < 0)
    throw shapeError("oneHot", [at], `int32 columns and a number of them, not ${size}`);
  const every = constant(
    Array.from({ length: size }, (_, i) => i),
    [size],
    "int32",
  );
  return cast(equal(unsqueeze(at, -1), every), "float32");
}
