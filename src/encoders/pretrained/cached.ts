import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../base/hash.ts";
import type { RunContext } from "../../base/progress.ts";
import { decodeTensors, encodeTensors } from "../../tensor/safetensors/safetensors.ts";
import type { Matrix } from "../bags.ts";
import type { TextEncoder } from "./text-encoder.ts";

export interface CacheOptions {
  /** Texts that are encoded before they are written down: as many are lost at most when the process is stopped. 2,048 by default. */
  readonly every?: number;
}

/**
 * The same encoder, but what it has encoded once it finds in a folder, whoever ran it. Vectors lie in
 * `folder/<hash of the encoder>/<hash of the file>.safetensors` under the hash of their text: files are only ever added,
 * whole, so that processes may share the folder, and one that does not hash to its name is not read.
 *
 * @example const encoder = cached(await openTextEncoder("all-MiniLM-L6-v2"), ".foretaste/vectors");
 */
export function cached(encoder: TextEncoder, folder: string, options: CacheOptions = {}): TextEncoder {
  const { name, hash, width } = encoder;
  const own = join(folder, hash);
  const { every = 2048 } = options;
  let known: Promise<Vectors> | undefined;
  return {
    name,
    hash,
    width,
    async embed(texts, ctx) {
      known ??= readVectors(own, width);
      const vectors = await known;
      const keys = texts.map(sha256);
      const missing = [...new Map(keys.map((key, i) => [key, texts[i]!]))].filter(
        ([key]) => !vectors.has(key),
      );
      for (let start = 0; start < missing.length; start += every)
        await encode(encoder, missing.slice(start, start + every), { vectors, own, ctx });
      return gathered(keys, vectors, width);
    },
    release: () => encoder.release(),
  };
}

/** Vectors by the hash of their text. */
type Vectors = Map<string, Float32Array>;

interface Place {
  readonly vectors: Vectors;
  readonly own: string;
  readonly ctx: RunContext;
}

async function encode(
  encoder: TextEncoder,
  entries: readonly (readonly [key: string, text: string])[],
  { vectors, own, ctx }: Place,
): Promise<void> {
  const { data, width } = await encoder.embed(
    entries.map(([, text]) => text),
    ctx,
  );
  const fresh: Vectors = new Map(entries.map(([key], i) => [key, data.subarray(i * width, (i + 1) * width)]));
  await writeVectors(own, fresh, width);
  for (const [key, vector] of fresh) vectors.set(key, vector);
}

function gathered(keys: readonly string[], vectors: Vectors, width: number): Matrix {
  const data = new Float32Array(keys.length * width);
  keys.forEach((key, i) => data.set(vectors.get(key)!, i * width));
  return { data, width };
}

const KEY_BYTES = 32;

/** One file with all of `vectors`, on the disk before it has its name. */
async function writeVectors(folder: string, vectors: Vectors, width: number): Promise<string> {
  const keys = new Uint8Array(Buffer.from([...vectors.keys()].join(""), "hex"));
  const { data } = gathered([...vectors.keys()], vectors, width);
  const bytes = encodeTensors({
    keys: { dtype: "U8", shape: [vectors.size, KEY_BYTES], data: keys },
    vectors: { dtype: "F32", shape: [vectors.size, width], data },
  });
  const name = `${sha256(bytes)}.safetensors`;
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `.${name}.${process.pid}`);
  const handle = await open(unfinished, "w");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, join(folder, name));
  return name;
}

/** More files than this are made one when they are read. */
const MOST_FILES = 16;

async function readVectors(folder: string, width: number): Promise<Vectors> {
  const entries = await readdir(folder).catch(() => []);
  const files = entries.filter((entry) => /^[0-9a-f]{64}\.safetensors$/.test(entry));
  const vectors: Vectors = new Map();
  for (const file of files) await readInto(vectors, join(folder, file), width);
  if (files.length <= MOST_FILES) return vectors;
  const merged = await writeVectors(folder, vectors, width);
  for (const file of files) if (file !== merged) await rm(join(folder, file), { force: true });
  return vectors;
}

/** A file that is not what its name says was cut short, or is another's: its texts are encoded again. */
async function readInto(vectors: Vectors, path: string, width: number): Promise<void> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined || !path.endsWith(`${sha256(bytes)}.safetensors`)) return;
  const { keys, vectors: numbers } = decodeTensors(bytes, path);
  const all = numbers!.data as Float32Array;
  const hex = Buffer.from(keys!.data as Uint8Array).toString("hex");
  for (let i = 0; i * width < all.length; i++)
    vectors.set(
      hex.slice(2 * KEY_BYTES * i, 2 * KEY_BYTES * (i + 1)),
      all.subarray(i * width, (i + 1) * width),
    );
}
