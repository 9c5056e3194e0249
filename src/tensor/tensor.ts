import { type ErrorParts, ForetasteError } from "../base/errors.ts";

/** What a tensor is made of. Booleans are bytes on the host; int8 are quantised weights, see `quantise`. */
export type DType = "float32" | "int32" | "bool" | "int8";
/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Concrete numbers on the host: what a program is fed and what it returns. */
export type HostArray = Float32Array | Int32Array | Uint8Array | Int8Array;

/** A value of the float64 reference interpreter; integers and booleans are held as numbers. */
export interface ReferenceValue {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** An attribute of an ONNX node; a bare number is an integer. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** What an operator's lowering may do: emit ONNX nodes by name. Implemented by `runtime/`. */
export interface Emitter {
  /** Adds one node and returns the name of its first output, or of the numbered one; the others are not used. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    output?: number,
  ): string;
  /** A node of onnxruntime's own operator set (`com.microsoft`); absent where the file has to be standard. */
  readonly vendor?: (type: string, inputs: readonly string[]) => string;
  /** An int64 initialiser (shapes, axes). A bare number is a scalar. */
  ints(values: readonly number[]): string;
  /** A float32 scalar initialiser. */
  scalar(value: number): string;
  /** An initialiser of any shape; of dtype `uint8` where an operator asks for it. */
  constant(data: HostArray, shape: Shape, dtype: DType | "uint8"): string;
}

/**
 * One operator, complete: shape rule, derivative, reference kernel and ONNX lowering. The vector-Jacobian product is
 * written in operators again, which is what makes higher orders free.
 */
export interface Op<A = unknown> {
  readonly name: string;
  infer(inputs: readonly Tensor[], attributes: A): { readonly shape: Shape; readonly dtype: DType };
  /**
   * One cotangent per input; `undefined` where no gradient flows. Only the `wanted` ones are used, so that a rule may
   * leave the others out.
   */
  vjp(node: Tensor<A>, cotangent: Tensor, wanted: readonly boolean[]): readonly (Tensor | undefined)[];
  /** Fills `out` (zeros at first), row-major, in float64. */
  reference(inputs: readonly ReferenceValue[], node: Tensor<A>, out: Float64Array): void;
  lower(emit: Emitter, inputs: readonly string[], node: Tensor<A>): string;
  /**
   * The node on a stack of operands, for `map`: an input that is `stacked` has the stack's axis in front of what `node`
   * was made of, at least one is, and the result has it too. Without a rule operands broadcast, element by element.
   */
  batch?(node: Tensor<A>, inputs: readonly Tensor[], stacked: readonly boolean[]): Tensor;
}

/** A symbolic value with a static shape and dtype: a node of a pure expression graph. Immutable. */
export interface Tensor<A = unknown> {
  readonly id: number;
  readonly op: Op<A>;
  readonly attributes: A;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly dtype: DType;
}

let nextId = 0;

/** Applies an operator. Ids grow, so sorting by id is a topological order. */
export function apply<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  if (!inputs.every(isTensor)) throw shapeError(op.name, inputs, "tensors");
  const { shape, dtype } = op.infer(inputs, attributes);
  const node: Tensor<A> = { id: nextId++, op, attributes, inputs, shape, dtype };
  return node;
}

/** Plain JavaScript may pass anything. */
function isTensor(value: unknown): boolean {
  return typeof value === "object" && value !== null && "op" in value;
}

/** The error of a shape rule: names the operator, and of every operand its kind and where it comes from. */
export function shapeError(op: string, inputs: readonly Tensor[], expected: string): ForetasteError {
  const got = inputs.map(describeOperand).join(" and ") || "none";
  const parts: ErrorParts = { where: `operator ${op}`, expected, got };
  return new ForetasteError("SHAPE", parts);
}

/** An operator made of others: their errors bear its name. */
export function calledAs(op: string, make: () => Tensor): Tensor {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof ForetasteError)) throw cause;
    throw new ForetasteError(cause.code, { ...cause.parts, where: `operator ${op}`, cause });
  }
}

/** `float32[2, 3] "x"`, or `float32[2, 3] of matmul`, or `float32[]` for a constant. */
function describeOperand(x: Tensor): string {
  if (!isTensor(x)) return Array.isArray(x) ? "an array" : typeof x;
  const kind = `${x.dtype}${formatShape(x.shape)}`;
  if (x.op.name === "constant") return kind;
  return x.op.name === "input"
    ? `${kind} "${(x.attributes as { name: string }).name}"`
    : `${kind} of ${x.op.name}`;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** How many elements a shape holds. @example sizeOf([2, 3]); // 6 */
export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}
