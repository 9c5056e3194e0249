import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeTensors } from "../../src/index.ts";
import { run } from "./run.ts";

const bert = join(import.meta.dirname, "../../testing/encoders/bert");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-encoders-"));
});
afterAll(() => rm(folder, { recursive: true }));

const golden = async (): Promise<{ texts: string[]; vectors: number[][] }> =>
  JSON.parse(await readFile(join(bert, "golden.json"), "utf8"));
const embed = (...args: string[]) =>
  run(["encoders", "embed", "-e", bert, "--cache", join(folder, "vectors"), ...args]);

test("a text is a JSON line with its vector", async () => {
  const { texts, vectors } = await golden();
  const { code, out } = await embed("--text", texts[0]!, "--text", texts[1]!);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { text: string; vector: number[] });
  expect([code, lines.map(({ text }) => text)]).toEqual([0, texts.slice(0, 2)]);
  lines.forEach(({ vector }, i) => vector.forEach((x, j) => expect(x).toBeCloseTo(vectors[i]![j]!, 4)));
});

test("a file of texts becomes a file of vectors, empty lines included", async () => {
  const { texts, vectors } = await golden();
  const [from, to] = [join(folder, "texts.txt"), join(folder, "vectors.safetensors")];
  await writeFile(from, `${texts.join("\n")}\n`);
  const { code, out } = await embed("--file", from, "--output", to);
  const { vectors: found } = decodeTensors(await readFile(to));
  expect([code, out, found?.shape]).toEqual([0, "", [5, 12]]);
  vectors.flat().forEach((x, i) => expect(Number(found!.data[i])).toBeCloseTo(x, 4));
});

test("what is wrong is said before anything is computed", async () => {
  expect((await embed()).err).toContain("expected at least one text, got neither --text nor --file");
  expect((await embed("--text", "a", "--output", "x.csv")).err).toContain("ends in .jsonl or .safetensors");
  expect((await embed("--file", join(folder, "none"))).err).toContain("error[NOT_FOUND]");
  const { code, err } = await run([
    "encoders",
    "embed",
    "-e",
    "all-MiniLM-L6-v3",
    "--text",
    "a",
    "--no-cache",
  ]);
  expect([code, err]).toEqual([1, expect.stringContaining('Did you mean "all-MiniLM-L6-v2"?')]);
});

test("the list says what there is", async () => {
  const { code, out } = await run(["encoders", "list"]);
  expect(code).toBe(0);
  expect(out).toMatch(/use-lite +yes|use-lite +no/);
  expect(out).toContain("intfloat/e5-small-v2");
});

test("images become vectors under their names, for a description to join", async () => {
  const images = join(import.meta.dirname, "../../testing/encoders/onnx-image");
  const { code, out } = await run(["encoders", "embed", "-e", images, "-i", images]);
  const rows = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; vector: number[] });
  expect([code, rows.map(({ id }) => id)]).toEqual([0, ["square", "tall-grey", "wide"]]);
  const golden = JSON.parse(await readFile(join(images, "golden.json"), "utf8"))[0] as { vector: number[] };
  golden.vector.forEach((x, j) => expect(rows[2]!.vector[j]).toBeCloseTo(x, 4));
  const { err } = await run(["encoders", "embed", "-e", images, "-i", folder]);
  expect(err).toContain("expected PNG or JPEG files, got none in");
});
