import { ForetasteError } from "../../base/errors.ts";
import { fits } from "../check.ts";
import { portOf } from "../ports.ts";
import { buildGraph } from "../program.ts";
import type { QuantiseOptions } from "../quantise/quantise.ts";
import { type OnnxOptions, toOnnx } from "../runtime/lower.ts";
import { replace } from "../simplify/replace.ts";
import { formatShape, type HostArray, type Tensor } from "../tensor.ts";
import { flatten, type Tree } from "../tree.ts";
import { constantOf } from "./fold.ts";

/** What is written into a file beside the program. */
export interface ExportOptions extends Pick<OnnxOptions, "docs" | "metadata"> {
  /** Numbers for some of the inputs, in their nesting: they are written into the file, under the same names. */
  readonly constants?: Tree<HostArray>;
  /** As for `compile`; matrices among `constants` are quantised, too, and have no names in the file. */
  readonly quantise?: QuantiseOptions;
}

/**
 * Writes tensors as one ONNX file, without starting a session. With the parameters among `constants` the file is
 * self-contained, and they keep their names, so that `importOnnx` can train them further.
 *
 * @param inputs tree of `input` tensors; its paths become the names in the file
 * @throws SHAPE as `compile` does; FEED for constants that fit no input
 * @example const bytes = exportOnnx({ x, params }, { y }, { constants: { params: trained }, docs: { x: "rows" } });
 */
export function exportOnnx(
  inputs: Tree<Tensor>,
  outputs: Tree<Tensor>,
  { constants = {}, metadata = {}, docs = {}, quantise }: ExportOptions = {},
): Uint8Array {
  const known = new Map(flatten<HostArray>(constants));
  const named = flatten<Tensor>(inputs);
  const tensors = new Map(named);
  for (const [name, data] of known) checkConstant(name, data, tensors.get(name));
  if (quantise === undefined)
    return toOnnx(buildGraph(inputs, outputs), { metadata, constants: known, docs });
  const [open, results] = withConstants(named, flatten<Tensor>(outputs), known);
  return toOnnx(buildGraph(open, results, quantise), { metadata, docs });
}

type Named = readonly (readonly [name: string, tensor: Tensor])[];

/** Inputs that are known become constants of the graph: the inputs that are left, and the outputs. */
function withConstants(
  inputs: Named,
  outputs: Named,
  known: ReadonlyMap<string, HostArray>,
): [open: Tree<Tensor>, outputs: Tree<Tensor>] {
  const instead = new Map<Tensor, Tensor>();
  for (const [name, x] of inputs) {
    const data = known.get(name);
    if (data !== undefined) instead.set(x, constantOf(data, x.shape, x.dtype));
  }
  const open = Object.fromEntries(inputs.filter(([, x]) => !instead.has(x)));
  const made = replace(
    outputs.map(([, x]) => x),
    instead,
  );
  return [open, Object.fromEntries(outputs.map(([name], i) => [name, made[i]!]))];
}

function checkConstant(name: string, data: HostArray, tensor: Tensor | undefined): void {
  const where = `constant "${name}"`;
  if (tensor === undefined) {
    throw new ForetasteError("FEED", {
      where,
      expected: "the name of an input",
      got: "no input of that name",
    });
  }
  if (fits(portOf([name, tensor]), data)) return;
  const expected = `${tensor.dtype}${formatShape(tensor.shape)}`;
  throw new ForetasteError("FEED", {
    where,
    expected,
    got: `${data.constructor.name} with ${data.length} elements`,
  });
}
