import { check } from "../base/errors.ts";
import type { Artefact, Description, LoadedArtefact } from "./artefact.ts";
import { packPlain, unpackPlain } from "./plain.ts";

const modelFile = "model.json";

/** An artefact that holds a model given as plain data: its arrays as tensors, the rest as one JSON file. */
export function packModel(
  manifest: Description,
  model: unknown,
  programs: Readonly<Record<string, Uint8Array>> = {},
): Artefact {
  const { json, tensors } = packPlain(model);
  return { manifest, tensors, programs, files: { [modelFile]: new TextEncoder().encode(json) } };
}

/** The model of an artefact that {@link packModel} made; its type goes by the artefact's kind. @throws ARTEFACT */
export function unpackModel({ id, tensors, files }: LoadedArtefact): unknown {
  const bytes = files[modelFile];
  check(bytes !== undefined, "ARTEFACT", () => ({ where: id, expected: modelFile, got: "no such file" }));
  return unpackPlain({ json: new TextDecoder().decode(bytes), tensors }, `${id}/${modelFile}`);
}
