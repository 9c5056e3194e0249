import { chmod, mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

const folderMode = 0o755;

/** Forces what is written in a folder or file to the disk. Windows knows no such thing for folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function fill(folder: string, files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  const folders = new Set([...files.keys()].map((path) => dirname(join(folder, path))));
  for (const sub of folders) await mkdir(sub, { recursive: true });
  for (const [path, content] of files) await writeDurably(join(folder, path), content);
  for (const sub of new Set([...folders, folder])) await syncFolder(sub);
}

/**
 * Writes a folder that is there whole or not at all, even after a power cut: into a hidden sibling, forced to the disk,
 * then renamed. Returns false when `name` was there already, and leaves it alone.
 */
export async function writeFolder(
  parent: string,
  name: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<boolean> {
  await mkdir(parent, { recursive: true });
  const unfinished = await mkdtemp(join(parent, ".saving-"));
  try {
    await fill(unfinished, files);
    await chmod(unfinished, folderMode);
    await rename(unfinished, join(parent, name));
    await syncFolder(parent);
    return true;
  } catch (error) {
    if (!isTaken(error)) throw error;
    return false;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** What `rename` says of a target that is a folder with something in it: Linux and macOS, then Windows. */
function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOTEMPTY" || code === "EEXIST" || (process.platform === "win32" && code === "EPERM");
}
