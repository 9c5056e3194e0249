import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import { type Files, openFolder } from "../checkpoint/files.ts";

/** What is encoded; exporters name the two halves of CLIP so. */
export type Modality = "text" | "vision";

const placesOf = (modality: Modality): string[] =>
  ["model.onnx", `${modality}_model.onnx`].flatMap((name) => [name, `onnx/${name}`]);

/** The ONNX file of a folder, if there is one. */
export function findOnnx(folder: string, modality: Modality): string | undefined {
  return placesOf(modality)
    .map((place) => join(folder, place))
    .find((path) => existsSync(path));
}

/** A folder with an exported network. */
export interface OnnxFolder {
  readonly path: string;
  /** The network and the weights beside it are part of their hash. */
  readonly files: Files;
}

/**
 * @param needed the file that stands beside the network
 * @throws NOT_FOUND when there is no network
 */
export function openOnnxFolder(folder: string, modality: Modality, needed: string): OnnxFolder {
  const files = openFolder(folder, () => `An exported encoder's folder has model.onnx and ${needed}.`);
  const path = findOnnx(folder, modality);
  if (path === undefined) {
    const expected = `one of ${placesOf(modality).join(", ")}`;
    throw new ForetasteError("NOT_FOUND", { where: folder, expected, got: "none" });
  }
  const own = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  for (const name of own) files.bytes(relative(folder, join(dirname(path), name)));
  return { path, files };
}
