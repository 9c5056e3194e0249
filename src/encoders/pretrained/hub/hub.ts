import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import type { ProgressTask, RunContext } from "../../../base/progress.ts";
import { getFile } from "./get-file.ts";
import { type HubFile, type Listing, readListing } from "./listing.ts";
import { alone } from "./lock.ts";
import { type Fetch, type Requests, request, StatusError } from "./request.ts";

/** Where models come from and go to. */
export interface HubOptions {
  /** Folder of encoders; the model is put into `folder/{id}`. */
  readonly folder: string;
  /** `HF_ENDPOINT`, or the public hub. */
  readonly endpoint?: string;
  /** A branch, a tag or a commit; "main" unless given. */
  readonly revision?: string;
  readonly fetch?: Fetch;
  /** Longest silence of the other side. */
  readonly silenceMs?: number;
}

/** Whether a name is that of a model of the hub: "owner/model". */
export function isHubId(name: string): boolean {
  return /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name);
}

/**
 * The folder of a model of the Hugging Face hub, fetched when it is not there yet. Every file is checked against the
 * hub's checksum; the folder gets its name when all of them fit, with a record of what they are (`foretaste.json`). A
 * download that was stopped goes on where it was.
 *
 * @throws NOT_FOUND when it cannot be had, with the files to put where; CANCELLED; CONFIG when another process fetches it
 * @example const folder = await fetchModel("intfloat/e5-small-v2", { folder: encodersFolder() }, ctx);
 */
export async function fetchModel(id: string, options: HubOptions, ctx: RunContext): Promise<string> {
  const target = join(options.folder, ...id.split("/"));
  if (existsSync(join(target, "config.json"))) return target;
  await mkdir(dirname(target), { recursive: true });
  return alone(`${target}.lock`, async () => {
    try {
      await fetchInto(`${target}.part`, id, options, ctx);
    } catch (cause) {
      throw explained(cause, id, target, ctx);
    }
    await rename(`${target}.part`, target);
    return target;
  });
}

async function fetchInto(part: string, id: string, options: HubOptions, ctx: RunContext): Promise<void> {
  const { fetch: ask = fetch, silenceMs } = options;
  const requests: Requests = {
    fetch: ask,
    signal: ctx.signal,
    ...(silenceMs === undefined ? {} : { silenceMs }),
  };
  const { endpoint = process.env.HF_ENDPOINT ?? "https://huggingface.co", revision = "main" } = options;
  const about = `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const listing = readListing(await request(about, requests, (response) => response.json()), about);
  checkComplete(listing, id);
  const task = ctx.progress.start(`fetching ${id}`, sum(listing.files));
  try {
    const urlOf = (path: string): string => `${endpoint}/${id}/resolve/${listing.revision}/${path}`;
    const files = await fetchAll(listing.files, { part, requests, urlOf, task });
    const record = { id, revision: listing.revision, from: endpoint, files };
    await writeFile(join(part, "foretaste.json"), `${JSON.stringify(record, undefined, 2)}\n`);
  } finally {
    task.finish();
  }
}

interface FetchAll {
  readonly part: string;
  readonly requests: Requests;
  readonly urlOf: (path: string) => string;
  readonly task: ProgressTask;
}

/** One after the other. @returns the SHA-256 of each */
async function fetchAll(
  files: readonly HubFile[],
  { part, requests, urlOf, task }: FetchAll,
): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  let before = 0;
  for (const file of files) {
    const onBytes = (bytes: number): void => task.update(before + bytes, file.path);
    const path = join(part, file.path);
    hashes[file.path] = await getFile(file, { url: urlOf(file.path), path, requests, onBytes });
    task.update((before += file.bytes), file.path);
  }
  return hashes;
}

const sum = (files: readonly HubFile[]): number => files.reduce((total, { bytes }) => total + bytes, 0);

/** Without these three there is nothing to read. */
const NEEDED = ["config.json", "tokenizer.json", "model.safetensors"];

function checkComplete({ files }: Listing, id: string): void {
  const has = (name: string): boolean =>
    files.some(({ path }) => path === name || path === `${name}.index.json`);
  const missing = NEEDED.filter((name) => !has(name));
  if (missing.length === 0) return;
  const got = `none of ${missing.join(", ")}`;
  throw new ForetasteError("ARTEFACT", {
    where: `hub model ${id}`,
    expected: `files ${NEEDED.join(", ")}`,
    got,
  });
}

function explained(cause: unknown, id: string, target: string, ctx: RunContext): ForetasteError {
  if (ctx.signal?.aborted === true)
    return new ForetasteError("CANCELLED", { where: `fetching ${id}`, expected: "to finish", got: "a stop" });
  if (cause instanceof ForetasteError) return cause;
  const { message, cause: deeper } = cause as Error;
  const got = deeper instanceof Error && deeper.message !== "" ? `${message} (${deeper.message})` : message;
  const gone = cause instanceof StatusError && [401, 403, 404].includes(cause.status);
  const why = gone
    ? "Is the name right, and is the model public?"
    : "Another attempt goes on where this one stopped.";
  const hint = `${why} Without the hub, put ${NEEDED.join(", ")} (and modules.json, 1_Pooling/config.json, sentence_bert_config.json where the model has them) into ${target}.`;
  return new ForetasteError("NOT_FOUND", {
    where: `hub model ${id}`,
    expected: "its files",
    got,
    hint,
    cause,
  });
}
