import { ForetasteError } from "../base/errors.ts";
import type { Graph, HalfWeights, Port } from "./backend.ts";
import type { Tensor } from "./tensor.ts";

interface ArrayKinds {
  readonly float32: Float32ArrayConstructor;
  readonly int32: Int32ArrayConstructor;
  readonly bool: Uint8ArrayConstructor;
  readonly int8: Int8ArrayConstructor;
  readonly float16: Uint16ArrayConstructor;
  readonly bfloat16: Uint16ArrayConstructor;
}

/** The arrays that dtypes are fed and come back as; 16-bit floats are their bits. */
export const ARRAY_OF: ArrayKinds = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  int8: Int8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
};

/**
 * How the inputs of a graph are fed.
 *
 * @throws CONFIG when `weights` names an input that is not there
 */
export function inputPorts({ inputs }: Graph, weights?: HalfWeights): Port[] {
  const named = weights?.inputs ?? [];
  const below = (name: string, path: string): boolean => name === path || name.startsWith(`${path}.`);
  const stray = named.find((path) => !inputs.some(([name]) => below(name, path)));
  if (stray !== undefined) {
    const expected = `an input, one of ${inputs.map(([name]) => name).join(", ")}`;
    throw new ForetasteError("CONFIG", { where: "compile, weights", expected, got: `"${stray}"` });
  }
  return inputs.map((input) => {
    const port = portOf(input);
    const halved = port.dtype === "float32" && named.some((path) => below(port.name, path));
    return weights !== undefined && halved ? { ...port, dtype: weights.dtype } : port;
  });
}

export function portOf([name, { dtype, shape }]: readonly [string, Tensor]): Port {
  return { name, dtype, shape };
}
