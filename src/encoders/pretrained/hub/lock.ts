import { open, readFile, rm } from "node:fs/promises";
import { ForetasteError } from "../../../base/errors.ts";

/**
 * Does something that only one process may do at a time: a file holds its number meanwhile. What a process that has died
 * left behind does not count.
 *
 * @throws CONFIG when another process is at it
 */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  await claim(file);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function claim(file: string): Promise<void> {
  if (await create(file)) return;
  const owner = Number(await readFile(file, "utf8").catch(() => ""));
  if (!isAlive(owner)) await rm(file, { force: true });
  if (!isAlive(owner) && (await create(file))) return;
  const hint = "Wait for it, or remove the file when it is no longer there.";
  throw new ForetasteError("CONFIG", {
    where: file,
    expected: "nobody else at work",
    got: `process ${owner}`,
    hint,
  });
}

async function create(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
