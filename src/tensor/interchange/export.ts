import { ForetasteError } from "../../base/errors.ts";
import { fits } from "../check.ts";
import { portOf } from "../ports.ts";
import { buildGraph } from "../program.ts";
import { type OnnxOptions, toOnnx } from "../runtime/lower.ts";
import { formatShape, type HostArray, type Tensor } from "../tensor.ts";
import { flatten, type Tree } from "../tree.ts";

/** What is written into a file beside the program. */
export interface ExportOptions extends Pick<OnnxOptions, "docs" | "metadata"> {
  /** Numbers for some of the inputs, in their nesting: they are written into the file, under the same names. */
  readonly constants?: Tree<HostArray>;
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
  { constants = {}, metadata = {}, docs = {} }: ExportOptions = {},
): Uint8Array {
  const graph = buildGraph(inputs, outputs);
  const known = new Map(flatten<HostArray>(constants));
  const tensors = new Map(graph.inputs);
  for (const [name, data] of known) checkConstant(name, data, tensors.get(name));
  return toOnnx(graph, { metadata, constants: known, docs });
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
