import { ForetasteError } from "../../base/errors.ts";
import { input } from "../ops/leaf.ts";
import type { OnnxInput } from "../runtime/import-file.ts";
import type { OnnxTensor } from "../runtime/import-numbers.ts";
import { sameShape } from "../shape.ts";
import { formatShape, type Shape, type Tensor } from "../tensor.ts";

/** What the caller says of the inputs of a file. */
export interface Binding {
  /** Shapes of inputs whose file leaves sizes open. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Tensors to be used in place of inputs, or of weights: those of another model, or of a step of an inner loop. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
}

/**
 * A tensor for every input. A size that the file names (`"batch"`) is the same wherever it stands, so that one shape
 * may settle several.
 *
 * @throws SHAPE for sizes that nobody gave, or that contradict the file
 */
export function bindInputs(
  declared: readonly OnnxInput[],
  weights: readonly string[],
  { shapes = {}, inputs = {} }: Binding,
): Map<string, Tensor> {
  checkNames(
    declared.map(({ name }) => name),
    weights,
    { shapes, inputs },
  );
  const sizes = new Map<string, number>();
  const given = (name: string): Shape | undefined => shapes[name] ?? inputs[name]?.shape;
  for (const one of declared) settle(one, given(one.name), sizes);
  return new Map(
    declared.map((one) => {
      const ready = inputs[one.name];
      if (ready !== undefined) return [one.name, checkedDtype(one, ready)];
      return [one.name, input(one.name, shapeOf(one, given(one.name), sizes), one.dtype)];
    }),
  );
}

function checkNames(
  names: readonly string[],
  weights: readonly string[],
  { shapes, inputs }: Required<Binding>,
): void {
  const given = Object.keys(inputs).filter((name) => !weights.includes(name));
  const stray = [...Object.keys(shapes), ...given].find((name) => !names.includes(name));
  if (stray === undefined) return;
  throw wrong(stray, `one of ${names.join(", ")}`, "no input of that name");
}

/** The tensor given in place of a weight. @throws SHAPE when it is of another kind */
export function bindWeight({ name, shape, dtype }: OnnxTensor, { inputs = {} }: Binding): Tensor | undefined {
  const given = inputs[name];
  if (given === undefined || (sameShape(given.shape, shape) && given.dtype === dtype)) return given;
  const [expected, got] = [{ shape, dtype }, given].map((x) => `${x.dtype}${formatShape(x.shape)}`) as [
    string,
    string,
  ];
  throw new ForetasteError("SHAPE", { where: `weight "${name}"`, expected, got });
}

function wrong(name: string, expected: string, got: string, hint?: string): ForetasteError {
  return new ForetasteError("SHAPE", {
    where: `input "${name}"`,
    expected,
    got,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Notes what named sizes are. */
function settle({ name, shape }: OnnxInput, given: Shape | undefined, sizes: Map<string, number>): void {
  if (given === undefined || shape === undefined) return;
  const expected = `[${shape.map((n) => (n === "" ? "?" : n)).join(", ")}]`;
  if (given.length !== shape.length) throw wrong(name, `a shape ${expected}`, formatShape(given));
  shape.forEach((size, axis) => {
    const known = typeof size === "number" ? size : sizes.get(size);
    const is = given[axis] as number;
    if (known !== undefined && size !== "" && known !== is)
      throw wrong(name, `a shape ${expected} with ${size} = ${known}`, formatShape(given));
    if (typeof size === "string" && size !== "") sizes.set(size, is);
  });
}

function shapeOf(
  { name, shape }: OnnxInput,
  given: Shape | undefined,
  sizes: ReadonlyMap<string, number>,
): Shape {
  if (given !== undefined) return given;
  const found = shape?.map((size) => (typeof size === "number" ? size : sizes.get(size)));
  if (found !== undefined && !found.includes(undefined)) return found as number[];
  const open = shape === undefined ? "any rank" : `[${shape.map((n) => (n === "" ? "?" : n)).join(", ")}]`;
  const example = JSON.stringify((shape ?? []).map((n) => (typeof n === "number" ? n : 8))).replaceAll(
    ",",
    ", ",
  );
  throw wrong(
    name,
    "a shape, because shapes are static here",
    open,
    `Pass { shapes: { ${name}: ${example} } }.`,
  );
}

function checkedDtype({ name, dtype }: OnnxInput, ready: Tensor): Tensor {
  if (ready.dtype === dtype) return ready;
  throw wrong(name, dtype, ready.dtype);
}
