import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { check, ForetasteError } from "../base/errors.ts";
import type { Artefact, LoadedArtefact, Manifest } from "./artefact.ts";
import { writeFolder } from "./durable.ts";
import { artefactId, createManifest, manifestFile, readManifest, writeManifest } from "./manifest.ts";
import { checkPart, checkPath, describePart, fromParts, type PartBytes, toParts } from "./parts.ts";

/** One saved model of a folder of them; `problem` instead of `manifest` where it cannot be read. */
export type Listed =
  | { readonly id: string; readonly path: string; readonly manifest: Manifest }
  | { readonly id: string; readonly path: string; readonly problem: ForetasteError };

/**
 * Saves a model as the folder `<dir>/<id>` and returns the id, which is its name and the hash of its content. It appears
 * whole or not at all. Saving the same content again changes nothing; a damaged copy of it is replaced.
 *
 * @throws ForetasteError "CONFIG" for a name that cannot be a file's, "SHAPE" for tensors that do not fit their shape.
 * @example const id = await saveArtefact("models", { manifest, tensors, programs: {}, files: {} });
 */
export async function saveArtefact(dir: string, artefact: Artefact): Promise<string> {
  const parts = toParts(artefact);
  const described = [...parts].map(([path, bytes]) => describePart(path, bytes));
  const manifest = createManifest(artefact.manifest, described);
  const id = artefactId(manifest);
  const files = new Map<string, Uint8Array | string>([...parts, [manifestFile, writeManifest(manifest)]]);
  if (await writeFolder(dir, id, files)) return id;
  if (await isWhole(join(dir, id))) return id;
  await setAside(dir, id);
  await writeFolder(dir, id, files);
  return id;
}

async function isWhole(path: string): Promise<boolean> {
  try {
    await verifyArtefact(path);
    return true;
  } catch (error) {
    if (error instanceof ForetasteError) return false;
    throw error;
  }
}

/** Takes a damaged folder out of sight before it is removed, so that nobody sees it half removed. */
async function setAside(dir: string, id: string): Promise<void> {
  const aside = await mkdtemp(join(dir, ".damaged-"));
  await rename(join(dir, id), join(aside, id));
  await rm(aside, { recursive: true, force: true });
}

/**
 * Loads a saved model, every hash checked.
 *
 * @param path The artefact's folder; it may have been moved or renamed.
 * @throws ForetasteError "NOT_FOUND" where nothing is; "ARTEFACT" for what is corrupt, cut off, foreign or too new.
 * @example const { manifest, tensors } = await loadArtefact("models/films-0123456789ab");
 */
export async function loadArtefact(path: string): Promise<LoadedArtefact> {
  const manifest = await openManifest(path);
  const parts = await readParts(path, manifest);
  return { id: artefactId(manifest), manifest, ...fromParts(parts, path) };
}

/** Checks a saved model against its hashes without building it. @throws as {@link loadArtefact} does. */
export async function verifyArtefact(path: string): Promise<Manifest> {
  const manifest = await openManifest(path);
  await readParts(path, manifest);
  return manifest;
}

async function openManifest(path: string): Promise<Manifest> {
  const file = join(path, manifestFile);
  const content = await readOr(file, async () => {
    const isFolder = await readdir(path).then(
      () => true,
      () => false,
    );
    const code = isFolder ? "ARTEFACT" : "NOT_FOUND";
    const expected = isFolder ? `a saved model with its ${manifestFile}` : "the folder of a saved model";
    return new ForetasteError(code, {
      where: path,
      expected,
      got: isFolder ? "a folder without one" : "nothing",
    });
  });
  return readManifest(new TextDecoder().decode(content), file);
}

async function readParts(path: string, manifest: Manifest): Promise<PartBytes> {
  const parts = new Map<string, Uint8Array>();
  for (const part of manifest.parts) {
    checkPath(part.path, join(path, manifestFile));
    const where = join(path, part.path);
    const bytes = await readOr(where, () => {
      const hint = "Save or copy the model again.";
      return new ForetasteError("ARTEFACT", {
        where,
        expected: `${part.bytes} bytes`,
        got: "no such file",
        hint,
      });
    });
    checkPart(part, bytes, where);
    parts.set(part.path, bytes);
  }
  return parts;
}

/** A file's content, or the error that says why it should be there. */
async function readOr(
  file: string,
  missing: () => ForetasteError | Promise<ForetasteError>,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") throw await missing();
    throw error;
  }
}

/** Every saved model in a folder of them, newest first; only manifests are read. No folder, no models. */
export async function listArtefacts(dir: string): Promise<readonly Listed[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    check(error.code === "ENOENT", "ARTEFACT", () => ({
      where: dir,
      expected: "a folder",
      got: error.message,
    }));
    return [];
  });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  const listed = await Promise.all(folders.map(({ name }) => listOne(name, join(dir, name))));
  const age = (one: Listed): string => ("manifest" in one ? one.manifest.createdAt : "");
  return listed.sort((a, b) => (age(a) === age(b) ? (a.id < b.id ? -1 : 1) : age(a) < age(b) ? 1 : -1));
}

async function listOne(id: string, path: string): Promise<Listed> {
  try {
    return { id, path, manifest: await openManifest(path) };
  } catch (error) {
    if (error instanceof ForetasteError) return { id, path, problem: error };
    throw error;
  }
}
