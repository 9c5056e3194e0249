import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { HubFile } from "./listing.ts";
import { type Requests, request } from "./request.ts";

/** Where a file comes from and goes to. */
export interface Transfer {
  readonly url: string;
  /** Where it is when it is whole; until then its beginning lies beside, under the same name with `.part`. */
  readonly path: string;
  readonly requests: Requests;
  /** Called with the bytes that are there. */
  onBytes(bytes: number): void;
}

/**
 * Fetches a file, from where an earlier attempt stopped, and gives it its name when its checksum fits. What does not fit
 * is removed.
 *
 * @returns its SHA-256
 * @throws Error when it cannot be had
 */
export async function getFile(file: HubFile, transfer: Transfer): Promise<string> {
  const part = `${transfer.path}.part`;
  await mkdir(dirname(part), { recursive: true });
  // A whole one of an earlier attempt is looked at again: the model may have changed since.
  await rename(transfer.path, part).catch(() => undefined);
  const there = await sizeOf(part);
  if (there > file.bytes) await rm(part);
  if (there !== file.bytes) await append(part, there > file.bytes ? 0 : there, transfer);
  const { sha256, git } = await hashesOf(part);
  const found = file.checksum.kind === "sha256" ? sha256 : git;
  if (found !== file.checksum.hex) {
    await rm(part, { force: true });
    throw new Error(
      `${transfer.url}: wrong checksum ${found.slice(0, 12)}…, expected ${file.checksum.hex.slice(0, 12)}…`,
    );
  }
  await rename(part, transfer.path);
  return sha256;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function append(part: string, from: number, { url, requests, onBytes }: Transfer): Promise<void> {
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  await request(url, { ...requests, headers }, async (response, alive) => {
    // A server that knows no ranges answers with the whole file.
    const resumed = response.status === 206;
    const handle = await open(part, resumed ? "a" : "w");
    let bytes = resumed ? from : 0;
    try {
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        alive();
        await handle.write(chunk);
        onBytes((bytes += chunk.length));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** SHA-256 of a file, and git's name of it: SHA-1 of a header and the content. */
async function hashesOf(path: string): Promise<{ readonly sha256: string; readonly git: string }> {
  const { size } = await stat(path);
  const hashes: readonly [Hash, Hash] = [createHash("sha256"), createHash("sha1").update(`blob ${size}\0`)];
  for await (const chunk of createReadStream(path)) for (const hash of hashes) hash.update(chunk as Buffer);
  const [sha256, git] = hashes.map((hash) => hash.digest("hex"));
  return { sha256: sha256!, git: git! };
}
