import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, ForetasteError } from "../../base/errors.ts";
import { type RunContext, silentProgress } from "../../base/progress.ts";
import { type KnownData, knownData } from "../known/known.ts";
import { download, type Fetch, isIntact } from "./download.ts";

/** Where a known data set was found, or why nowhere. */
export type Located =
  | { readonly source: "folder" | "cache" | "download"; readonly dir: string }
  | { readonly source: "none"; readonly reason: string };

export interface LocateOptions {
  /** The folder the user named; it must hold the data. */
  readonly dir?: string;
  /** Default: the environment of the process (`FORETASTE_DATA`, `FORETASTE_CACHE`, `HOME`). */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the folder that holds package.json. */
  readonly root?: string;
  readonly fetch?: Fetch;
  readonly ctx?: RunContext;
}

/**
 * Looks for a known data set in `dir`, in `FORETASTE_DATA`, in `../shared/data` beside the repository, in the cache
 * (`FORETASTE_CACHE`, else `~/.cache/foretaste`), and then downloads it if it is public. Each folder may hold the files
 * itself or in a folder of the data set's name. Nothing found is a result, not an error.
 *
 * @throws ForetasteError NOT_FOUND when `dir` is given and does not hold the data, or no such data set is known; CANCELLED
 * @example const found = await locateData("movietweetings", { dir: flags.data });
 *          if (found.source === "none") useSyntheticWorld(found.reason);
 */
export async function locateData(name: string, options: LocateOptions = {}): Promise<Located> {
  const data = knownOf(name);
  const env = options.env ?? process.env;
  if (options.dir !== undefined) return { source: "folder", dir: givenFolder(options.dir, data) };
  const shared = join(options.root ?? repositoryRoot(), "..", "shared", "data");
  if (env.FORETASTE_DATA) checkFolder(env.FORETASTE_DATA, "FORETASTE_DATA");
  for (const folder of [env.FORETASTE_DATA, shared]) {
    const dir = folder && folderWith(folder, data);
    if (dir) return { source: "folder", dir };
  }
  const cache = join(cacheFolder(env), data.folder);
  if (data.download === undefined) return { source: "none", reason: `${name} has no public download` };
  if (await isIntact(data.download, cache)) return { source: "cache", dir: cache };
  const ctx = options.ctx ?? { progress: silentProgress };
  const problem = await download(data.download, cache, { fetch: options.fetch ?? fetch, ctx });
  return problem === undefined ? { source: "download", dir: cache } : { source: "none", reason: problem };
}

function knownOf(name: string): KnownData {
  const data = knownData[name];
  if (data !== undefined) return data;
  const expected = `one of ${Object.keys(knownData).join(", ")}`;
  const hint = "Your own files need a description that says which column is what: docs/choosing.md.";
  throw new ForetasteError("NOT_FOUND", { where: "data set", expected, got: `"${name}"`, hint });
}

function givenFolder(folder: string, data: KnownData): string {
  const dir = folderWith(folder, data);
  if (dir !== undefined) return dir;
  throw new ForetasteError("NOT_FOUND", {
    where: folder,
    expected: data.files.join(" and "),
    got: existsSync(folder) ? "a folder without them" : "no such folder",
    hint: "Leave the folder out to search the usual places.",
  });
}

function checkFolder(folder: string, variable: string): void {
  check(existsSync(folder), "NOT_FOUND", () => ({
    where: `${variable}=${folder}`,
    expected: "a folder",
    got: "no such folder",
  }));
}

/** The folder itself or its subfolder that holds all files. */
function folderWith(folder: string, data: KnownData): string | undefined {
  const places = [folder, join(folder, data.folder)];
  return places.find((place) => data.files.every((file) => existsSync(join(place, file))));
}

function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env.FORETASTE_CACHE || join(env.HOME || homedir(), ".cache", "foretaste");
}

/** The nearest folder above this module that holds a package.json. */
function repositoryRoot(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, "package.json")) && dirname(at) !== at) at = dirname(at);
  return at;
}
