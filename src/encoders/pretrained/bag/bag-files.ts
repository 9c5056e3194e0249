import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import { sha256 } from "../../../base/hash.ts";
import { decodeTensors, encodeTensors, type StoredTensor } from "../../../tensor/safetensors/safetensors.ts";
import type { StoredBag } from "./bag.ts";

/** `model_type` in a bag's `config.json`. */
export const bagType = "foretaste-bag";

const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"] as const;

/**
 * Writes a bag as a folder that `openTextEncoder` opens.
 *
 * @returns bytes written
 */
export async function writeBag(folder: string, bag: Omit<StoredBag, "hash">): Promise<number> {
  const { width, table, weights, bias, tokenizer } = bag;
  const tokens = weights.length;
  const tensors = encodeTensors({
    "table.values": { dtype: "I8", shape: [tokens, width], data: table.values },
    "table.scales": { dtype: "F32", shape: [tokens], data: table.scales },
    weights: { dtype: "F32", shape: [tokens], data: weights },
    bias: { dtype: "F32", shape: [width], data: bias },
  });
  const contents = [
    `${JSON.stringify({ model_type: bagType, width }, undefined, 2)}\n`,
    JSON.stringify(tokenizer.tokenizer),
    JSON.stringify(tokenizer.settings),
    tensors,
  ];
  await mkdir(folder, { recursive: true });
  for (const [i, content] of contents.entries()) await writeFile(join(folder, files[i]!), content);
  return contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0);
}

/** Whether a folder's `config.json` is a bag's. */
export function isBag(folder: string): boolean {
  const file = join(folder, "config.json");
  if (!existsSync(file)) return false;
  const json = JSON.parse(readFileSync(file, "utf8")) as { model_type?: unknown };
  return json.model_type === bagType;
}

/**
 * Reads what {@link writeBag} wrote.
 *
 * @throws ARTEFACT when a file is not what it should be
 */
export function readBag(folder: string): StoredBag {
  const contents = files.map((file) => readFileSync(join(folder, file)));
  const [, tokenizer, settings] = contents.map((content, i) =>
    i < 3 ? (JSON.parse(content.toString("utf8")) as object) : {},
  );
  const tensors = decodeTensors(contents[3]!, join(folder, files[3]));
  const pick = (name: string): StoredTensor => tensors[name] ?? missing(folder, name);
  const values = pick("table.values");
  const [tokens, width] = values.shape as [number, number];
  const floats = (name: string, length: number): Float32Array => {
    const { data } = pick(name);
    if (data instanceof Float32Array && data.length === length) return data;
    throw new ForetasteError("ARTEFACT", {
      where: `${folder}, "${name}"`,
      expected: `${length} floats`,
      got: `${data.length} numbers`,
    });
  };
  return {
    width,
    table: { values: values.data as Int8Array, scales: floats("table.scales", tokens) },
    weights: floats("weights", tokens),
    bias: floats("bias", width),
    tokenizer: { tokenizer: tokenizer!, settings: settings! },
    hash: sha256(contents.map((content) => sha256(content)).join("\n")),
  };
}

function missing(folder: string, name: string): never {
  throw new ForetasteError("ARTEFACT", { where: folder, expected: `a tensor "${name}"`, got: "none" });
}
