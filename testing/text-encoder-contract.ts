import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../src/base/progress.ts";
import type { TextEncoder } from "../src/encoders/pretrained/text-encoder.ts";

export interface TextEncoderContract {
  open(): Promise<TextEncoder> | TextEncoder;
  /** How far vectors of the same text may be apart, by what stands beside it; 1e-5 unless told. */
  readonly tolerance?: number;
}

const ctx = { progress: silentProgress };
const long = "many words of one long text ".repeat(200);
const texts = [
  "Two friends hunt a thief.",
  "",
  "naïve café – 日本語 🎬",
  "thief",
  long,
  "Two friends hunt a thief.",
];

/**
 * What every text encoder keeps, whoever trained it. One call in a test file registers the whole suite.
 *
 * @example textEncoderContract("use-lite", { open: () => openTextEncoder("use-lite") });
 */
export function textEncoderContract(name: string, { open, tolerance = 1e-5 }: TextEncoderContract): void {
  let encoder: TextEncoder;
  beforeAll(async () => {
    encoder = await open();
  });
  afterAll(() => encoder?.release());

  /** The vectors of texts, an array each. */
  const vectorsOf = async (some: readonly string[]): Promise<Float32Array[]> => {
    const { data, width } = await encoder.embed(some, ctx);
    expect([data.length, width]).toEqual([some.length * encoder.width, encoder.width]);
    return some.map((_, i) => data.slice(i * width, (i + 1) * width));
  };

  test(`${name}: a finite vector for any text, not the same for all`, async () => {
    const all = await vectorsOf(texts);
    expect(all.every((vector) => vector.every(Number.isFinite))).toBe(true);
    expect(farthest(all[0]!, all[3]!)).toBeGreaterThan(100 * tolerance);
    expect(encoder.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test(`${name}: a text alone, among others, or in another order has one vector`, async () => {
    const all = await vectorsOf(texts);
    const backwards = (await vectorsOf([...texts].reverse())).reverse();
    for (const [i, text] of texts.entries()) {
      const [alone] = await vectorsOf([text]);
      expect(farthest(all[i]!, alone!), text.slice(0, 20)).toBeLessThan(tolerance);
      expect(farthest(all[i]!, backwards[i]!), text.slice(0, 20)).toBeLessThan(tolerance);
    }
    expect(farthest(all[0]!, all[5]!)).toBeLessThan(tolerance);
  });

  test(`${name}: no texts are no vectors`, async () => {
    expect(await vectorsOf([])).toEqual([]);
  });

  test(`${name}: progress ends at the number of texts it began with`, async () => {
    const seen = { total: 0, done: 0, finished: 0 };
    const progress = {
      start: (_: string, total: number) => {
        seen.total += total;
        return { update: (done: number) => void (seen.done = done), finish: () => void seen.finished++ };
      },
    };
    const fresh = Array.from({ length: 5 }, (_, i) => `progress ${i}`);
    await encoder.embed(fresh, { progress });
    expect(seen).toEqual({ total: 5, done: 5, finished: 1 });
  });

  test(`${name}: stops when it is told to`, async () => {
    const stopped = encoder.embed(["stop me", "before the end"], { ...ctx, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  });
}

function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}
