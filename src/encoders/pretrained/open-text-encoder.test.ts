import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { promptOf } from "./known.ts";
import { openTextEncoder } from "./open-text-encoder.ts";

const folder = join(import.meta.dirname, "../../../testing/encoders");
const cache = mkdtempSync(join(tmpdir(), "foretaste-open-"));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

test("a name in the folder of encoders, or a path, opens the same encoder", async () => {
  const named = await openTextEncoder("bert", { folder, cache });
  const path = await openTextEncoder(join(folder, "bert"));
  expect([named.name, named.hash, named.width]).toEqual(["bert", path.hash, 12]);
  const [a, b] = [await named.embed(["a toy"], ctx), await path.embed(["a toy"], ctx)];
  expect(a).toEqual(b);
  await Promise.all([named.release(), path.release()]);
});
const ctx = { progress: silentProgress };

test("a prompt, and fewer tokens, are other vectors under another hash", async () => {
  const hashes = [{}, { prompt: "query: " }, { maxTokens: 8 }].map(async (options) => {
    const encoder = await openTextEncoder("bert", { folder, ...options });
    return [encoder.hash, (await encoder.embed(["two friends hunt in space"], ctx)).data.join()];
  });
  expect(new Set((await Promise.all(hashes)).flat()).size).toBe(6);
});

test("a name that is none says where it looked and what was meant", async () => {
  await expect(openTextEncoder("all-MiniLM-L6-v3", { folder })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringMatching(
      /all-MiniLM-L6-v3 here or in .*encoders, got none.* Did you mean "all-MiniLM-L6-v2"/,
    ),
  });
});

test("a name of the hub is fetched: without the hub it says which files to put where", async () => {
  const fetch = (): Promise<Response> => Promise.reject(new Error("no network"));
  await expect(openTextEncoder("e5-small-v2", { folder: cache, hub: { fetch } })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringMatching(
      /intfloat\/e5-small-v2: expected its files, got no network.* put config\.json/,
    ),
  });
});

test("E5 is asked as it was trained", () => {
  expect([promptOf("intfloat/multilingual-e5-small"), promptOf("e5-small-v2")]).toEqual([
    "query: ",
    "query: ",
  ]);
  expect([promptOf("all-MiniLM-L6-v2"), promptOf("some5-x")]).toEqual(["", ""]);
});
