import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashJson } from "../base/hash.ts";
import type { Artefact, Manifest } from "./artefact.ts";
import { listArtefacts, loadArtefact, saveArtefact, verifyArtefact } from "./registry.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const sample: Artefact = {
  manifest: {
    kind: "bayes-head",
    name: "films",
    createdAt: "2026-01-02T03:04:05.000Z",
    config: { seed: 7, embeddingSize: 2, "10": [1, -0.5, null] },
    lineage: { dataHash: "d".repeat(64) },
    metrics: { mae: 0.7 },
  },
  tensors: {
    items: { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    rows: { dtype: "I64", shape: [1], data: BigInt64Array.of(-1n) },
  },
  programs: { score: Uint8Array.of(8, 7, 0, 255) },
  files: { "items.jsonl": encode('{"id":"1","title":"Amélie"}\n') },
};

const withName = (name: string, createdAt: string): Artefact => ({
  ...sample,
  manifest: { ...sample.manifest, name, createdAt },
});

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "foretaste-registry-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("what is saved is loaded again", async () => {
  const id = await saveArtefact(dir, sample);
  expect(id).toMatch(/^films-[0-9a-f]{12}$/);
  const { manifest, ...loaded } = await loadArtefact(join(dir, id));
  const { manifest: description, ...content } = sample;
  expect(loaded).toEqual({ id, ...content });
  expect(manifest).toMatchObject({ ...description, schemaVersion: 1 });
  expect(manifest.parts.map((part) => part.path)).toEqual([
    "weights.safetensors",
    "programs/score.onnx",
    "files/items.jsonl",
  ]);
  expect(await verifyArtefact(join(dir, id))).toEqual(manifest);
});

test("the id is the content: the same again is the same folder, anything else another", async () => {
  const id = await saveArtefact(dir, sample);
  expect(await saveArtefact(dir, sample)).toBe(id);
  expect(readdirSync(dir)).toEqual([id]);
  const other = await saveArtefact(dir, { ...sample, programs: { score: Uint8Array.of(8, 7, 0, 254) } });
  expect(other).not.toBe(id);
});

test("a model that was moved and renamed still loads, under its own id", async () => {
  const id = await saveArtefact(dir, sample);
  renameSync(join(dir, id), join(dir, "current"));
  expect((await loadArtefact(join(dir, "current"))).id).toBe(id);
});

test("two savers at once: one folder, nothing left over", async () => {
  const ids = await Promise.all([
    saveArtefact(dir, sample),
    saveArtefact(dir, sample),
    saveArtefact(dir, sample),
  ]);
  expect(new Set(ids).size).toBe(1);
  expect(readdirSync(dir)).toEqual([ids[0]]);
});

test("a damaged copy is replaced by saving again", async () => {
  const id = await saveArtefact(dir, sample);
  truncateSync(join(dir, id, "weights.safetensors"), 10);
  expect(await saveArtefact(dir, sample)).toBe(id);
  expect((await loadArtefact(join(dir, id))).tensors).toEqual(sample.tensors);
  expect(readdirSync(dir)).toEqual([id]);
});

/** Every file of a saved model, relative to its folder. */
function filesOf(path: string): string[] {
  const all = readdirSync(path, { recursive: true, encoding: "utf8" });
  return all.filter((file) => statSync(join(path, file)).isFile()).sort();
}

test("a flipped bit is found, in every kind of byte of every file", async () => {
  const path = join(dir, await saveArtefact(dir, sample));
  expect(filesOf(path)).toHaveLength(4);
  for (const file of filesOf(path)) {
    const good = readFileSync(join(path, file));
    for (let at = 0; at < good.length; at += good.length > 100 ? 5 : 1) {
      const bad = Buffer.from(good);
      bad[at] = (good[at] as number) ^ (1 << (at % 8));
      writeFileSync(join(path, file), bad);
      const outcome = await loadArtefact(path).then(
        () => "loaded",
        (error: { code?: string; message: string }) => `${error.code} ${error.message}`,
      );
      expect(outcome, `${file}, byte ${at}`).toMatch(
        new RegExp(`^ARTEFACT .*${file.replace(/.*\//, "")}`, "s"),
      );
    }
    writeFileSync(join(path, file), good);
  }
  await verifyArtefact(path);
});

test("a manifest that says the same in another form was touched, too", async () => {
  const path = join(dir, await saveArtefact(dir, sample));
  const file = join(path, "manifest.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as unknown;
  writeFileSync(file, JSON.stringify(manifest));
  await expect(loadArtefact(path)).rejects.toThrow("the same content in another form");
});

test("a file that was cut off, lengthened or lost is named with what was expected and got", async () => {
  const path = join(dir, await saveArtefact(dir, sample));
  const weights = join(path, "weights.safetensors");
  const good = readFileSync(weights);
  writeFileSync(weights, good.subarray(0, -1));
  await expect(loadArtefact(path)).rejects.toThrow(`expected ${good.length} bytes, got ${good.length - 1}`);
  writeFileSync(weights, Buffer.concat([good, Buffer.of(0)]));
  await expect(verifyArtefact(path)).rejects.toThrow(`expected ${good.length} bytes, got ${good.length + 1}`);
  rmSync(weights);
  await expect(verifyArtefact(path)).rejects.toThrow("weights.safetensors: expected");
  await expect(verifyArtefact(path)).rejects.toMatchObject({ code: "ARTEFACT" });
});

test("what is no model is refused: nothing, a file, an empty folder", async () => {
  await expect(loadArtefact(join(dir, "none"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  writeFileSync(join(dir, "file"), "x");
  await expect(loadArtefact(join(dir, "file"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  mkdirSync(join(dir, "empty"));
  await expect(loadArtefact(join(dir, "empty"))).rejects.toMatchObject({ code: "ARTEFACT" });
});

/** Rewrites the manifest with a right hash, as a forger or another version would. */
async function forge(
  change: (manifest: Record<string, unknown>) => Record<string, unknown>,
): Promise<string> {
  const path = join(dir, await saveArtefact(dir, sample));
  const file = join(path, "manifest.json");
  const { hash: _old, ...manifest } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const forged = change(manifest);
  writeFileSync(file, `${JSON.stringify({ ...forged, hash: hashJson(forged) }, undefined, 2)}\n`);
  return path;
}

test("the forger of these tests is good enough: an honest change loads", async () => {
  const path = await forge((manifest) => ({ ...manifest, kind: "maml" }));
  expect((await loadArtefact(path)).manifest.kind).toBe("maml");
});

test.each([
  [
    "foreign",
    (m: object) => ({ ...m, format: "pickle" }),
    'expected the format "foretaste-artefact", got "pickle"',
  ],
  ["newer", (m: object) => ({ ...m, schemaVersion: 2 }), "expected schema version 1, got 2"],
  ["wrong type", (m: object) => ({ ...m, parts: 3 }), "parts: expected a list, got 3"],
  [
    "a path out of the folder",
    (m: object) => ({ ...m, parts: [{ path: "../secret", bytes: 1, sha256: "" }] }),
    '"../secret"',
  ],
  [
    "a path two up",
    (m: object) => ({ ...m, parts: [{ path: "files/../../x", bytes: 1, sha256: "" }] }),
    "files/../../x",
  ],
  [
    "no weights",
    (m: object) => ({ ...m, parts: (m as Manifest).parts.slice(1) }),
    "expected weights.safetensors, got none",
  ],
])("refused although its hash is right: %s", async (_what, change, message) => {
  const path = await forge(change);
  const expected = { code: "ARTEFACT", message: expect.stringContaining(message) };
  await expect(loadArtefact(path)).rejects.toMatchObject(expected);
});

test("names that make no safe file name are refused before anything is written", async () => {
  await expect(saveArtefact(dir, withName("../x", ""))).rejects.toMatchObject({ code: "CONFIG" });
  await expect(saveArtefact(dir, { ...sample, files: { "a/b": encode("") } })).rejects.toThrow("files/");
  await expect(saveArtefact(dir, { ...sample, programs: { a: encode(""), A: encode("") } })).rejects.toThrow(
    "twice",
  );
  expect(readdirSync(dir)).toEqual([]);
});

test("the list: newest first, damaged ones with their problem, half-written ones not at all", async () => {
  expect(await listArtefacts(join(dir, "none"))).toEqual([]);
  const older = await saveArtefact(dir, withName("older", "2026-01-01T00:00:00.000Z"));
  const newer = await saveArtefact(dir, withName("newer", "2026-01-03T00:00:00.000Z"));
  const bad = await saveArtefact(dir, withName("bad", "2026-01-04T00:00:00.000Z"));
  writeFileSync(join(dir, bad, "manifest.json"), "{");
  mkdirSync(join(dir, ".saving-x"));
  const listed = await listArtefacts(dir);
  expect(listed.map(({ id }) => id)).toEqual([newer, older, bad]);
  expect(listed[2]).toMatchObject({ problem: { code: "ARTEFACT" } });
});
