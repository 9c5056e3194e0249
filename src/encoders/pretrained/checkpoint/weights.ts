import { ForetasteError } from "../../../base/errors.ts";
import type { Shape } from "../../../tensor/index.ts";
import { type StoredTensor, type Tensors, toFloat32 } from "../../../tensor/safetensors/safetensors.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import { treeOf } from "../transformer/params.ts";
import {
  factorPlaces,
  type StoredParams,
  type StoredWeight,
  scalesShape,
  valuesShape,
  type WeightPlace,
  weightPlaces,
} from "./stored.ts";

/**
 * The parameters that a network reads, out of all tensors of its files: of any precision, with or without the prefix
 * that a model with a head puts before its names ("bert.", "roberta.", "transformer."), in the form they are kept in.
 *
 * @throws ARTEFACT when one is missing or of another shape
 */
export function pickParams(config: TransformerConfig, tensors: Tensors, where: string): StoredParams {
  const prefix = prefixOf(tensors, layouts[config.family].words, where);
  const find: Find = (path) => tensors[path] ?? tensors[prefix + path] ?? oldName(tensors, prefix + path);
  const leaves = weightPlaces(config).map((place) => [place.path, storedWeight(place, find, where)] as const);
  return treeOf<unknown>(leaves) as StoredParams;
}

type Find = (path: string) => StoredTensor | undefined;

/** What compression wrote has other names, see {@link StoredWeight}. */
function storedWeight(place: WeightPlace, find: Find, where: string): StoredWeight {
  const { path, shape } = place;
  const left = find(`${path}.left`) ?? find(`${path}.left.values`);
  if (left !== undefined) {
    const int8 = find(`${path}.left`) === undefined && place.use !== "inOut";
    const [leftPlace, rightPlace] = factorPlaces(place, left.shape[int8 ? 0 : 1]!);
    return { left: storedWeight(leftPlace, find, where), right: storedWeight(rightPlace, find, where) };
  }
  const values = find(`${path}.values`);
  if (values === undefined) return numbersOf(find(path), shape, `${where}: "${path}"`);
  const scales = numbersOf(find(`${path}.scales`), scalesShape(place), `${where}: "${path}.scales"`);
  checkShape(values, valuesShape(place), `${where}: "${path}.values"`);
  return { values: values.data as Int8Array, scales };
}

function prefixOf(tensors: Tensors, words: string, where: string): string {
  const names = Object.keys(tensors).map((name) => name.replace(/\.values$/, ""));
  const found = names.find((name) => name === words || name.endsWith(`.${words}`));
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
  checkShape(stored, shape, where);
  return toFloat32(stored);
}

function checkShape(
  stored: StoredTensor | undefined,
  shape: Shape,
  where: string,
): asserts stored is StoredTensor {
  if (stored?.shape.length === shape.length && shape.every((n, axis) => stored.shape[axis] === n)) return;
  const got = stored === undefined ? "nothing" : `[${stored.shape.join(", ")}]`;
  throw new ForetasteError("ARTEFACT", { where, expected: `a tensor [${shape.join(", ")}]`, got });
}
