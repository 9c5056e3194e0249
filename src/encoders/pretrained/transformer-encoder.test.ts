import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { textEncoderContract } from "../../../testing/text-encoder-contract.ts";
import { silentProgress } from "../../base/progress.ts";
import { readCheckpoint } from "./checkpoint/checkpoint.ts";
import { openTokenizer } from "./checkpoint/tokens.ts";
import { encodersFolder, openTextEncoder } from "./open-text-encoder.ts";
import { transformerEncoder } from "./transformer-encoder.ts";

const ctx = { progress: silentProgress };
const folderOf = (name: string): string => join(import.meta.dirname, "../../../testing/encoders", name);
const open = (name: string) => transformerEncoder(readCheckpoint(folderOf(name)), { name });

interface Golden {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly vectors: readonly (readonly number[])[];
}
const goldenOf = (name: string): Golden =>
  JSON.parse(readFileSync(join(folderOf(name), "golden.json"), "utf8"));

const cases = ["bert", "distilbert", "xlm-roberta", "mpnet", "gpt2"];

// testing/encoders/make_golden.py says how these were made.
test.each(cases)("%s: tokens are those of transformers, cut at the same place", (name) => {
  const { tokenizer, maxTokens } = readCheckpoint(folderOf(name));
  const { texts, ids } = goldenOf(name);
  expect(maxTokens).toBe(32);
  expect(texts.map(openTokenizer(tokenizer, maxTokens))).toEqual(ids);
});

test.each(cases)("%s: vectors are those of sentence-transformers", async (name) => {
  const encoder = open(name);
  const { texts, vectors } = goldenOf(name);
  const { data } = await encoder.embed(texts, ctx);
  vectors.flat().forEach((wanted, i) => expect(Math.abs(wanted - data[i]!)).toBeLessThan(1e-5));
  expect(data.length).toBe(vectors.flat().length);
  await encoder.release();
});

const miniLm = join(encodersFolder(), "all-MiniLM-L6-v2");
const why = "skipped without its weights: node scripts/run.mjs scripts/encoders.ts";

test.skipIf(!existsSync(miniLm))(`all-MiniLM-L6-v2 equals sentence-transformers (${why})`, async () => {
  const encoder = await openTextEncoder("all-MiniLM-L6-v2");
  const { texts, vectors } = JSON.parse(
    readFileSync(`${folderOf("all-MiniLM-L6-v2")}.json`, "utf8"),
  ) as Golden;
  const { data } = await encoder.embed(texts, ctx);
  expect(data.length).toBe(5 * 384);
  vectors.flat().forEach((wanted, i) => expect(Math.abs(wanted - data[i]!)).toBeLessThan(1e-5));
  await encoder.release();
});

describe("contract", () => {
  textEncoderContract("bert", { open: () => open("bert") });
  textEncoderContract("gpt2", { open: () => open("gpt2") });
});
