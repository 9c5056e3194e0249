import { expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import type { TextEncoder } from "../../encoders/pretrained/text-encoder.ts";
import { agreement } from "../encoders/cold-quality.ts";
import { answersOf } from "./bag-answers.ts";
import { gather } from "./bag-shares.ts";
import { fitBag, inverseFrequencies } from "./fit-bag.ts";

const ctx = { progress: silentProgress };
const width = 3;
const letters = Array.from({ length: 300 }, (_, id) => String.fromCodePoint(0x4e00 + id));
const rng = createRng(3);
const normals = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());
const tokenizer = {
  tokenizer: { model: { vocab: Object.fromEntries(letters.map((letter, id) => [letter, id])) } },
  settings: {},
};

/** A teacher for which a letter has a vector. */
function teacherOf(table: Float32Array): TextEncoder {
  const row = (text: string): Float32Array => table.slice(letters.indexOf(text) * width).subarray(0, width);
  return {
    name: "letters",
    hash: "letters",
    width,
    embed: async (texts) => ({ width, data: Float32Array.from(texts.flatMap((text) => [...row(text)])) }),
    release: async () => {},
  };
}

test("answers solve the equations: two texts, worked out by hand", async () => {
  // S = [[1, 0], [0, 1]], A A^T = 0: C S S^T C = C, and C wanted = wanted, so that answers are wanted / (1 + ridge).
  const tokens = [[0], [1]];
  const wanted = Float32Array.of(1, -2, -1, 2);
  const equations = { tokens, weights: Float32Array.of(1, 1), width: 2, wanted, ridge: 0.25 };
  const answers = await answersOf({ ...equations, read: new Float32Array(4) }, ctx);
  answers.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]! / 1.25, 5));
  // With A = [[1, 0], [-1, 0]] the kernel between the two is 1 + 1 = 2 for the difference, counted twice: 3 times wanted.
  const read = Float32Array.of(1, 0, -1, 0);
  const less = await answersOf({ ...equations, read }, ctx);
  less.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]! / 3.25, 5));
});

test("what a bag says in truth is found, on texts and with a token that it has not seen", async () => {
  const size = letters.length * width;
  const [alone, turn, own] = [normals(size), normals(9), normals(size)];
  const [seen, truth] = [letters.length - 1, new Float32Array(size)];
  for (let t = 0; t < letters.length; t++)
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < width; i++) truth[t * width + j]! += alone[t * width + i]! * turn[i * width + j]!;
      if (t < seen) truth[t * width + j]! += own[t * width + j]! / 2;
    }
  const drawn = (count: number): number[][] =>
    Array.from({ length: count }, () => Array.from({ length: 4 }, () => rng.int(seen)));
  const unseen = drawn(400).map((tokens) => [...tokens, seen]);
  const [taught, fresh] = [drawn(4000), [...drawn(400), ...unseen]];
  const weights = inverseFrequencies(taught, letters.length);
  const said = (table: Float32Array, tokens: number[][]) => {
    const data = new Float32Array(tokens.length * width);
    gather({ tokens, weights, width }, table, data);
    return { data, width };
  };
  const lesson = { tokens: taught, vectors: said(truth, taught) };
  const bag = await fitBag({ teacher: teacherOf(alone), tokenizer }, lesson, ctx);
  const found = said(bag.table, fresh);
  const data = found.data.map((x, i) => x + bag.bias[i % width]!);
  const cosines = agreement({ data, width }, said(truth, fresh));
  expect(cosines.reduce((sum, x) => sum + x, 0) / cosines.length).toBeGreaterThan(0.99);
});
