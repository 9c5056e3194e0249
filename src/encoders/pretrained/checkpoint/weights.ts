import { ForetasteError } from "../../../base/errors.ts";
import type { Shape, Tree } from "../../../tensor/index.ts";
import { type StoredTensor, type Tensors, toFloat32 } from "../../../tensor/safetensors/safetensors.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import { paramShapes, treeOf } from "../transformer/params.ts";

/** Numbers of a network's parameters, in the nesting of its `Params`. */
export type HostParams = Tree<Float32Array>;

/**
 * The parameters that a network reads, out of all tensors of its files: of any precision, with or without the prefix
 * that a model with a head puts before its names ("bert.", "roberta.", "transformer.").
 *
 * @throws ARTEFACT when one is missing or of another shape
 */
export function pickParams(config: TransformerConfig, tensors: Tensors, where: string): HostParams {
  const prefix = prefixOf(tensors, layouts[config.family].words, where);
  const leaves = paramShapes(config).map(([path, shape]) => {
    const stored = tensors[path] ?? tensors[prefix + path] ?? oldName(tensors, prefix + path);
    return [path, numbersOf(stored, shape, `${where}: "${path}"`)] as const;
  });
  return treeOf(leaves);
}

function prefixOf(tensors: Tensors, words: string, where: string): string {
  const found = Object.keys(tensors).find((name) => name === words || name.endsWith(`.${words}`));
  if (found !== undefined) return found.slice(0, found.length - words.length);
  const got = `${Object.keys(tensors).length} others`;
  throw new ForetasteError("ARTEFACT", { where, expected: `a tensor "${words}"`, got });
}

/** Norms of the first BERT files are called as in TensorFlow. */
function oldName(tensors: Tensors, name: string): StoredTensor | undefined {
  return tensors[
    name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta")
  ];
}

function numbersOf(stored: StoredTensor | undefined, shape: Shape, where: string): Float32Array {
  const same = stored?.shape.length === shape.length && shape.every((n, axis) => stored.shape[axis] === n);
  if (stored !== undefined && same) return toFloat32(stored);
  const got = stored === undefined ? "nothing" : `[${stored.shape.join(", ")}]`;
  throw new ForetasteError("ARTEFACT", { where, expected: `a tensor [${shape.join(", ")}]`, got });
}
