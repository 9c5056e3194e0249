import { check } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { decodeTensors, encodeTensors, type Tensors } from "../tensor/safetensors/safetensors.ts";
import type { Artefact, Part } from "./artefact.ts";
import { weightsFile } from "./manifest.ts";

/** File path to content. */
export type PartBytes = ReadonlyMap<string, Uint8Array>;

const programs = { folder: "programs/", ending: ".onnx" } as const;
const files = { folder: "files/", ending: "" } as const;
const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const safePath = /^(weights\.safetensors|(programs|files)\/[A-Za-z0-9][A-Za-z0-9._-]*)$/;

/** The files of an artefact, manifest aside. @throws ForetasteError "CONFIG" for a name that is no plain file name. */
export function toParts({ tensors, programs: byName, files: extra }: Artefact): PartBytes {
  const named = (content: Readonly<Record<string, Uint8Array>>, place: typeof programs | typeof files) =>
    Object.entries(content).map(([name, bytes]) => [pathOf(name, place), bytes] as const);
  const parts = new Map([
    [weightsFile, encodeTensors(tensors)] as const,
    ...named(byName, programs),
    ...named(extra, files),
  ]);
  checkCase([...parts.keys()]);
  return parts;
}

function pathOf(name: string, { folder, ending }: typeof programs | typeof files): string {
  check(safeName.test(name), "CONFIG", () => ({
    where: `artefact, ${folder}`,
    expected: 'a name of letters, digits, "-", "_" and "."',
    got: JSON.stringify(name),
  }));
  return folder + name + ending;
}

/** Some file systems hold "A" and "a" for one file. */
function checkCase(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    check(!seen.has(path.toLowerCase()), "CONFIG", () => ({
      where: "artefact",
      expected: "names that differ in more than upper and lower case",
      got: `"${path}" twice`,
    }));
    seen.add(path.toLowerCase());
  }
}

export function describePart(path: string, bytes: Uint8Array): Part {
  return { path, bytes: bytes.length, sha256: sha256(bytes) };
}

/** @throws ForetasteError "ARTEFACT" for a path that leads out of the artefact's folder. */
export function checkPath(path: string, where: string): void {
  check(safePath.test(path), "ARTEFACT", () => ({
    where,
    expected: `${weightsFile}, programs/... or files/...`,
    got: JSON.stringify(path),
    hint: "The manifest names a file that is not part of a saved model.",
  }));
}

/** @throws ForetasteError "ARTEFACT" when size or hash are not those of the manifest. */
export function checkPart(part: Part, bytes: Uint8Array, where: string): void {
  check(bytes.length === part.bytes, "ARTEFACT", () => ({
    where,
    expected: `${part.bytes} bytes`,
    got: `${bytes.length}`,
    hint: "The file was cut off or exchanged: save or copy the model again.",
  }));
  const got = sha256(bytes);
  check(got === part.sha256, "ARTEFACT", () => ({
    where,
    expected: `SHA-256 ${part.sha256}`,
    got,
    hint: "The file is corrupt: save or copy the model again.",
  }));
}

/** The reverse of {@link toParts}. */
export function fromParts(parts: PartBytes, where: string): Omit<Artefact, "manifest"> {
  const within = ({ folder, ending }: typeof programs | typeof files): Record<string, Uint8Array> =>
    Object.fromEntries(
      [...parts]
        .filter(([path]) => path.startsWith(folder))
        .map(([path, bytes]) => [path.slice(folder.length, path.length - ending.length), bytes]),
    );
  return { tensors: readWeights(parts, where), programs: within(programs), files: within(files) };
}

function readWeights(parts: PartBytes, where: string): Tensors {
  const bytes = parts.get(weightsFile);
  check(bytes !== undefined, "ARTEFACT", () => ({ where, expected: weightsFile, got: "none" }));
  return decodeTensors(bytes, `${where}/${weightsFile}`);
}
