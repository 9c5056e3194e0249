import { ForetasteError } from "../../base/errors.ts";
import { apply, type Op, shapeError, sizeOf, type Tensor } from "../tensor.ts";
import { cast, equal } from "./elementwise.ts";
import { asTensor, constant, type Operand } from "./leaf.ts";
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
};

function checkRows(where: string, rows: Float64Array, count: number): void {
  const bad = rows.find((row) => row < 0 || row >= count);
  if (bad === undefined) return;
  throw new ForetasteError("FEED", {
    where,
    expected: `row numbers from 0 to ${count - 1}`,
    got: String(bad),
  });
}

/** Rows of a table (embedding look-up). `[n, ...rest], int32 [...i] -> [...i, ...rest]`, row numbers in `[0, n)` */
export function gather(table: Tensor, rows: Tensor): Tensor {
  return apply(gatherOp, [table, rows], null);
}

const scatterAddOp: Op<{ readonly rows: number }> = {
  name: "scatterAdd",
  infer(inputs, { rows }) {
    const [values, at] = inputs as [Tensor, Tensor];
    const fits = at.shape.every((n, axis) => values.shape[axis] === n);
    if (!fits || at.dtype !== "int32" || values.dtype !== "float32")
      throw shapeError("scatterAdd", inputs, "float32 [...i, ...rest] and int32 [...i]");
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
};

/** Adds rows into a table of zeros; equal row numbers add up. The adjoint of `gather`. */
export function scatterAdd(values: Tensor, rows: Tensor, size: number): Tensor {
  return apply(scatterAddOp, [values, rows], { rows: size });
}

/** Ones at the given columns. `int32 [...i] -> [...i, size]` */
export function oneHot(columns: Operand, size: number): Tensor {
  const every = constant(
    Array.from({ length: size }, (_, i) => i),
    [size],
    "int32",
  );
  return cast(equal(unsqueeze(asTensor(columns, "int32"), -1), every), "float32");
}
