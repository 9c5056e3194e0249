import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { textEncoderContract } from "../../../testing/text-encoder-contract.ts";
import { ForetasteError } from "../../base/errors.ts";
import { sha256 } from "../../base/hash.ts";
import { silentProgress } from "../../base/progress.ts";
import { cached } from "./cached.ts";
import type { TextEncoder } from "./text-encoder.ts";

const ctx = { progress: silentProgress };
const root = mkdtempSync(join(tmpdir(), "foretaste-vectors-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Vectors are the first bytes of a text's hash; it counts what it was asked and stops at the word "stop". */
function counting(): TextEncoder & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    name: "counting",
    hash: sha256("counting"),
    width: 3,
    asked,
    async embed(texts, { progress, signal }) {
      if (signal?.aborted === true || texts.includes("stop"))
        throw new ForetasteError("CANCELLED", { where: "counting", expected: "to finish", got: "a stop" });
      asked.push(...texts);
      const task = progress.start("counting", texts.length);
      task.update(texts.length);
      task.finish();
      const data = Float32Array.from(
        texts.flatMap((text) => [...Buffer.from(sha256(text), "hex").subarray(0, 3)]),
      );
      return { data, width: 3 };
    },
    release: async () => undefined,
  };
}

let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const filesIn = (folder: string): string[] =>
  readdirSync(join(folder, sha256("counting"))).map((file) => join(folder, sha256("counting"), file));

textEncoderContract("cached", { open: () => cached(counting(), newFolder()) });

test("a text is encoded once, by whichever process", async () => {
  const folder = newFolder();
  const [first, second] = [counting(), counting()];
  const before = await cached(first, folder).embed(["a", "b", "a"], ctx);
  const after = await cached(second, folder).embed(["b", "c", "a", "a"], ctx);
  expect([first.asked, second.asked]).toEqual([["a", "b"], ["c"]]);
  const plain = await counting().embed(["a", "b", "a", "b", "c", "a", "a"], ctx);
  expect([...before.data, ...after.data]).toEqual([...plain.data]);
});

test("what was encoded before a stop is kept", async () => {
  const folder = newFolder();
  const stopped = cached(counting(), folder, { every: 2 }).embed(["a", "b", "c", "stop"], ctx);
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  const next = counting();
  await cached(next, folder).embed(["a", "b", "c"], ctx);
  expect(next.asked).toEqual(["c"]);
});

test.each<[string, (file: string) => void]>([
  ["cut short", (file) => truncateSync(file, 40)],
  ["empty", (file) => truncateSync(file, 0)],
  [
    "with a bit that flipped",
    (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
    },
  ],
])("a file %s is not believed: its texts are encoded again", async (_, harm) => {
  const folder = newFolder();
  await cached(counting(), folder).embed(["a", "b"], ctx);
  harm(filesIn(folder)[0]!);
  const next = counting();
  const { data } = await cached(next, folder).embed(["a"], ctx);
  expect(next.asked).toEqual(["a"]);
  expect([...data]).toEqual([...Buffer.from(sha256("a"), "hex").subarray(0, 3)]);
});

test("many small files become one", async () => {
  const folder = newFolder();
  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  for (const text of texts) await cached(counting(), folder).embed([text], ctx);
  const next = counting();
  await cached(next, folder).embed(texts, ctx);
  expect(next.asked).toEqual([]);
  // The 17 that the 18th found, and three that came after.
  expect(filesIn(folder)).toHaveLength(4);
});
