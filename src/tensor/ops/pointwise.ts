import { broadcastShapes, forEachBroadcast } from "../shape.ts";
import { apply, type DType, type Emitter, type Op, shapeError, type Tensor } from "../tensor.ts";
import { sumTo } from "./broadcast.ts";
import { asTensors, type Operand } from "./leaf.ts";

/**
 * An operator of one tensor, element by element. `[...] -> [...]`
 *
 * @throws SHAPE naming the operator when the dtype is another
 */
export type Unary = (x: Tensor) => Tensor;
/**
 * An operator of two tensors that broadcast, or of one and a number, element by element. `[...], [...] -> [...]`
 *
 * @throws SHAPE naming the operator and both operands when shapes or dtypes do not fit
 */
export type Binary = (a: Operand, b: Operand) => Tensor;

interface UnaryRule {
  readonly onnx: string | ((emit: Emitter, x: string) => string);
  readonly value: (x: number) => number;
  /** The derivative times the cotangent, given input and output. */
  readonly vjp: (cotangent: Tensor, x: Tensor, y: Tensor) => Tensor | undefined;
  /** Of operand and result; float32 otherwise. */
  readonly takes?: DType;
}

/** An operator of one float32 tensor, element by element. */
export function unary(name: string, rule: UnaryRule): Unary {
  const dtype = rule.takes ?? "float32";
  const op: Op<null> = {
    name,
    infer(inputs) {
      const [x] = inputs as [Tensor];
      if (x.dtype !== dtype) throw shapeError(name, inputs, dtype);
      return { shape: x.shape, dtype };
    },
    vjp: (node, cotangent) => [rule.vjp(cotangent, node.inputs[0]!, node)],
    reference([x], _, out) {
      for (let i = 0; i < out.length; i++) out[i] = rule.value(x!.data[i]!);
    },
    lower: (emit, [x]) => (typeof rule.onnx === "string" ? emit.node(rule.onnx, [x!]) : rule.onnx(emit, x!)),
  };
  return (x) => apply(op, [x], null);
}

interface BinaryRule {
  readonly onnx: string;
  readonly value: (a: number, b: number) => number;
  /** Cotangents of both sides before the broadcast is undone. */
  readonly vjp: (
    cotangent: Tensor,
    a: Tensor,
    b: Tensor,
    y: Tensor,
  ) => readonly [Tensor | undefined, Tensor | undefined];
  /** Of the result; that of the operands otherwise. */
  readonly dtype?: DType;
  /** Of the operands; float32 and int32 otherwise. */
  readonly takes?: readonly DType[];
}

const NUMBERS: readonly DType[] = ["float32", "int32"];

/** An operator of two tensors that broadcast, element by element. */
export function binary(name: string, rule: BinaryRule): Binary {
  const op: Op<null> = {
    name,
    infer(inputs) {
      const [a, b] = inputs as [Tensor, Tensor];
      const shape = broadcastShapes(a.shape, b.shape);
      const takes = rule.takes ?? NUMBERS;
      if (shape === undefined || a.dtype !== b.dtype || !takes.includes(a.dtype))
        throw shapeError(name, inputs, `equal dtypes (${takes.join(", ")}) and shapes that broadcast`);
      return { shape, dtype: rule.dtype ?? a.dtype };
    },
    vjp(node, cotangent) {
      const [a, b] = node.inputs as [Tensor, Tensor];
      const [da, db] = rule.vjp(cotangent, a, b, node);
      return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
    },
    reference([a, b], node, out) {
      forEachBroadcast(a!.shape, node.shape, (to, from) => {
        out[to] = a!.data[from]!;
      });
      forEachBroadcast(b!.shape, node.shape, (to, from) => {
        out[to] = rule.value(out[to]!, b!.data[from]!);
      });
    },
    lower: (emit, inputs) => emit.node(rule.onnx, inputs),
  };
  return (a, b) => apply(op, asTensors(name, a, b), null);
}
