import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../../base/hash.ts";

/** Folders of the package in which a change can change a figure. */
const folders = [
  "base",
  "baselines",
  "data",
  "encoders",
  "evaluate",
  "meta",
  "models",
  "optim",
  "tasks",
  "tensor",
  "train",
];

/** Parts of them that only arrange and show figures. */
const shown = /^(evaluate\/figures|train\/tune)\//;

/**
 * Hash of the code that computes figures, of the running package itself: uncommitted changes count, others' folders do not.
 */
export async function codeVersion(
  root: string = fileURLToPath(new URL("../..", import.meta.url)),
): Promise<string> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const found = await readdir(join(root, folder), { recursive: true }).catch(() => []);
      return found.map((file) => `${folder}/${file.replaceAll("\\", "/")}`);
    }),
  );
  const files = lists.flat().filter(counts).sort();
  const hashes = await Promise.all(
    files.map(async (file) => `${file} ${sha256(await readFile(join(root, file)))}`),
  );
  return sha256(hashes.join("\n")).slice(0, 12);
}

function counts(file: string): boolean {
  return /\.[jt]s$/.test(file) && !/\.(test|d)\.[jt]s$/.test(file) && !shown.test(file);
}
