import { ForetasteError } from "../base/errors.ts";
import type { Port, PortArray } from "./backend.ts";
import { ARRAY_OF } from "./ports.ts";
import { formatShape, sizeOf, type Tensor } from "./tensor.ts";

type Named = readonly (readonly [name: string, tensor: Tensor])[];

/** A name means one value in the file; a value has one name on the way in. */
export function checkNames(inputs: Named, outputs: Named): void {
  const names = [...inputs, ...outputs].map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const other = inputs.find(([, tensor]) => tensor.op.name !== "input");
  const again = inputs.find(([, tensor], i) => inputs.findIndex(([, t]) => t === tensor) !== i);
  const [wrong] = other ?? again ?? [twice];
  if (wrong === undefined) return;
  const expected = other === undefined ? "every name and every input once" : "an input tensor";
  const got = other === undefined ? `"${wrong}" again` : `a result of operator ${other[1].op.name}`;
  const hint = "Put outputs under another key than inputs, for example { next: params }.";
  throw new ForetasteError("SHAPE", {
    where: `compile, "${wrong}"`,
    expected,
    got,
    ...(other ? {} : { hint }),
  });
}

/**
 * Every input has its numbers, of its dtype and size, and there are no others.
 *
 * @throws FEED naming the input
 */
export function checkFeeds(inputs: readonly Port[], given: ReadonlyMap<string, PortArray>): void {
  for (const port of inputs) checkArray("input", port, given.get(port.name));
  if (given.size === inputs.length) return;
  const names = inputs.map(({ name }) => name);
  const stray = [...given.keys()].find((name) => !names.includes(name)) ?? "";
  const expected = `one of ${names.join(", ")}`;
  throw new ForetasteError("FEED", { where: `input "${stray}"`, expected, got: "a feed of that name" });
}

/** Whether an array has the dtype and size of a port. */
export function fits({ dtype, shape }: Port, data: unknown): boolean {
  return data instanceof ARRAY_OF[dtype] && data.length === sizeOf(shape);
}

/**
 * Every array that results are to be written to is one of an output, of its dtype and size.
 *
 * @throws FEED naming the output
 */
export function checkInto(outputs: readonly Port[], given: ReadonlyMap<string, PortArray>): void {
  for (const [name, data] of given) {
    const port = outputs.find((output) => output.name === name);
    const expected = `one of ${outputs.map((output) => output.name).join(", ")}`;
    if (port === undefined)
      throw new ForetasteError("FEED", { where: `output "${name}"`, expected, got: "an array of that name" });
    checkArray("output", port, data);
  }
}

function checkArray(side: "input" | "output", port: Port, data: PortArray | undefined): void {
  if (fits(port, data)) return;
  const { name, dtype, shape } = port;
  const kind = ArrayBuffer.isView(data)
    ? `${data.constructor.name} with ${data.length} elements`
    : typeof data;
  throw new ForetasteError("FEED", {
    where: `${side} "${name}"`,
    expected: `${dtype}${formatShape(shape)}, ${sizeOf(shape)} elements`,
    got: data === undefined ? "nothing" : kind,
    ...(port.dtype.includes("float16") && { hint: "Make them with toHalf(array, dtype)." }),
  });
}
