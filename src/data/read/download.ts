import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ForetasteError } from "../../base/errors.ts";
import { sha256 } from "../../base/hash.ts";
import type { RunContext } from "../../base/progress.ts";
import type { PublicFile } from "../known/known.ts";

/** What of the global `fetch` is used, so that tests need no network. */
export type Fetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<FetchResponse>;

export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export interface DownloadOptions {
  readonly fetch: Fetch;
  readonly ctx: RunContext;
  /** Until the answer begins, and then until the file is there. Default 10 s and 60 s. */
  readonly timeoutMs?: { readonly connect: number; readonly body: number };
}

/** Whether all files are in the folder with their checksums. */
export async function isIntact(files: readonly PublicFile[], dir: string): Promise<boolean> {
  const intact = await Promise.all(files.map((file) => isIntactFile(file, dir)));
  return intact.every(Boolean);
}

async function isIntactFile(file: PublicFile, dir: string): Promise<boolean> {
  try {
    return sha256(await readFile(join(dir, file.name))) === file.sha256;
  } catch {
    return false;
  }
}

/**
 * Fetches files into a folder, each checked before it gets its name: a broken download leaves nothing behind.
 *
 * @returns why it failed, or undefined when all files are there
 * @throws ForetasteError CANCELLED when the context's signal says stop
 */
export async function download(
  files: readonly PublicFile[],
  dir: string,
  options: DownloadOptions,
): Promise<string | undefined> {
  const task = options.ctx.progress.start("downloading", files.length);
  try {
    for (const [i, file] of files.entries()) {
      task.update(i, file.name);
      if (!(await isIntactFile(file, dir))) await downloadFile(file, dir, options);
    }
    return undefined;
  } catch (error) {
    if (options.ctx.signal?.aborted) {
      throw new ForetasteError("CANCELLED", { where: "download", expected: "to finish", got: "a stop" });
    }
    return reasonOf(error);
  } finally {
    task.finish();
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}

async function downloadFile(file: PublicFile, dir: string, options: DownloadOptions): Promise<void> {
  const bytes = await fetchBytes(file.url, options);
  const sum = sha256(bytes);
  if (sum !== file.sha256) {
    throw new Error(
      `${file.url}: wrong checksum ${sum.slice(0, 12)}…, expected ${file.sha256.slice(0, 12)}…`,
    );
  }
  await mkdir(dir, { recursive: true });
  const part = join(dir, `${file.name}.${process.pid}.part`);
  try {
    await writeFile(part, bytes);
    await rename(part, join(dir, file.name));
  } finally {
    await rm(part, { force: true });
  }
}

async function fetchBytes(url: string, { fetch, ctx, timeoutMs }: DownloadOptions): Promise<Uint8Array> {
  const { connect, body } = timeoutMs ?? { connect: 10_000, body: 60_000 };
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(ctx.signal?.reason);
  ctx.signal?.addEventListener("abort", onAbort);
  if (ctx.signal?.aborted) onAbort();
  const within = <T>(ms: number, what: string, work: Promise<T>): Promise<T> => {
    const late = new Error(`${url}: ${what} within ${ms / 1000} s`);
    const timer = setTimeout(() => stop.abort(late), ms);
    const stopped = new Promise<never>((_, reject) => {
      if (stop.signal.aborted) reject(stop.signal.reason as Error);
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason as Error), { once: true });
    });
    return Promise.race([work, stopped]).finally(() => clearTimeout(timer));
  };
  try {
    const response = await within(connect, "no answer", fetch(url, { signal: stop.signal }));
    if (!response.ok) throw new Error(`${url}: status ${response.status}`);
    return new Uint8Array(await within(body, "not complete", response.arrayBuffer()));
  } finally {
    ctx.signal?.removeEventListener("abort", onAbort);
  }
}
