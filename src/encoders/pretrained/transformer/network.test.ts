import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile, constant, grad, input, mul, sum } from "../../../tensor/index.ts";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { encodeStates, hiddenStates } from "./network.ts";
import { leafAt, type Params, paramShapes, treeOf } from "./params.ts";

/** Made by testing/encoders/make_golden.py: transformers, sentence-transformers and PyTorch. */
interface Golden {
  readonly ids: readonly (readonly number[])[];
  readonly vectors: readonly (readonly number[])[];
  readonly states: readonly (readonly number[])[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const folderOf = (name: string): string => join(import.meta.dirname, "../../../../testing/encoders", name);
const goldenOf = (name: string): Golden =>
  JSON.parse(readFileSync(join(folderOf(name), "golden.json"), "utf8"));

function padded(ids: readonly (readonly number[])[]): {
  ids: Int32Array;
  mask: Float32Array;
  length: number;
} {
  const length = Math.max(...ids.map((row) => row.length));
  const cells = (of: (id: number | undefined) => number) =>
    ids.flatMap((row) => Array.from({ length }, (_, i) => of(row[i])));
  return {
    ids: Int32Array.from(cells((id) => id ?? 0)),
    mask: Float32Array.from(cells((id) => (id === undefined ? 0 : 1))),
    length,
  };
}

const cases = ["bert", "distilbert", "xlm-roberta", "mpnet", "gpt2"];

function expectNear(found: Float32Array, wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  const worst = wanted.reduce((most, one, i) => Math.max(most, Math.abs(one - found[i]!)), 0);
  expect(worst).toBeLessThan(tolerance);
}

test.each(cases)("%s: states, vectors and gradients are those of transformers", async (name) => {
  const { config, params: values } = readCheckpoint(folderOf(name));
  const golden = goldenOf(name);
  const feeds = padded(golden.ids.slice(0, 2));
  const shape = [2, feeds.length];
  const tokens = { ids: input("ids", shape, "int32"), mask: input("mask", shape) };
  const params: Params = treeOf(paramShapes(config).map(([path, of]) => [path, input(path, of)] as const));
  const states = hiddenStates(config, params, tokens);
  const vectors = encodeStates(config, params, states.at(-1)!, tokens.mask);
  const weights = Float32Array.from({ length: 2 * vectors.shape[1]! }, (_, i) => Math.cos(i));
  const loss = sum(mul(vectors, constant(weights, vectors.shape)));
  const wanted = Object.keys(golden.gradients);
  const gradients = grad(
    loss,
    Object.fromEntries(wanted.map((path) => [path.replaceAll(".", "/"), leafAt(params, path)])),
  );
  const program = await compile(
    { tokens, params },
    { states: Object.fromEntries(states.map((s, i) => [`at${i}`, s])), vectors, gradients },
  );
  const run = await program.run({ tokens: { ids: feeds.ids, mask: feeds.mask }, params: values });
  golden.states.forEach((state, i) => {
    const found = run.states[`at${i}`]!.map((x, cell) => x * feeds.mask[Math.floor(cell / config.width)]!);
    expectNear(found, state, 1e-4);
  });
  expectNear(run.vectors, golden.vectors.slice(0, 2).flat(), 1e-4);
  for (const path of wanted)
    expectNear(run.gradients[path.replaceAll(".", "/")] as Float32Array, golden.gradients[path]!, 1e-4);
  await program.release();
});
