import fc from "fast-check";
import { expect, test } from "vitest";
import { ForetasteError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import { batchesByLength, padTokens } from "./batches.ts";
import { embedTokens } from "./embed-tokens.ts";

test("longest texts first, padded to few lengths, as many as the budget of tokens holds", () => {
  expect(batchesByLength([3, 90, 4, 300], { longest: 128, tokens: 256 })).toEqual([
    { texts: [3, 1], rows: 2, length: 128 },
    { texts: [2, 0], rows: 2, length: 4 },
  ]);
  expect(batchesByLength([0], { longest: 128 })).toEqual([{ texts: [0], rows: 1, length: 4 }]);
});

test("every text is in one batch that has room for it", () => {
  const lists = fc.array(fc.nat(200), { maxLength: 60 });
  const whole = fc.property(lists, fc.integer({ min: 1, max: 400 }), (lengths, tokens) => {
    const batches = batchesByLength(lengths, { longest: 128, tokens });
    expect(batches.flatMap(({ texts }) => texts).sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const { texts, rows, length } of batches) {
      expect(rows).toBeGreaterThanOrEqual(texts.length);
      expect(length).toBeGreaterThanOrEqual(Math.min(128, Math.max(...texts.map((i) => lengths[i]!))));
      expect(length <= 128 && (rows * length <= tokens || rows === 1)).toBe(true);
    }
  });
  fc.assert(whole, { seed: 5 });
});

test("tokens are padded at the end, and cut at the length", () => {
  const { ids, mask } = padTokens([[7, 8, 9], [5]], { texts: [0, 1], rows: 3, length: 2 });
  expect([...ids]).toEqual([7, 8, 5, 0, 0, 0]);
  expect([...mask]).toEqual([1, 1, 1, 0, 0, 0]);
});

/** Vectors are `[first token, number of tokens]`. */
const toy = {
  name: "toy",
  width: 2,
  plan: { longest: 8, tokens: 8 },
  encode: async (
    { rows, length }: { rows: number; length: number },
    { ids, mask }: ReturnType<typeof padTokens>,
  ) =>
    Float32Array.from({ length: 2 * rows }, (_, i) => {
      const row = Math.floor(i / 2);
      const tokens = mask.subarray(row * length, (row + 1) * length);
      return i % 2 === 0 ? ids[row * length]! : tokens.reduce((a, b) => a + b, 0);
    }),
};

test("vectors come back in the order of the texts, and progress counts texts", async () => {
  const seen: number[] = [];
  const progress = { start: () => ({ update: (done: number) => seen.push(done), finish() {} }) };
  const { data } = await embedTokens([[1], [2, 2, 2, 2, 2], [3, 3]], toy, { progress });
  expect([...data]).toEqual([1, 1, 2, 5, 3, 2]);
  expect(seen).toEqual([1, 3]);
});

test("a signal stops between batches", async () => {
  const stop = new AbortController();
  const encode: typeof toy.encode = (batch, padded) => {
    stop.abort();
    return toy.encode(batch, padded);
  };
  const run = embedTokens(
    [[1], [2, 2, 2, 2, 2], [3, 3]],
    { ...toy, encode },
    { progress: silentProgress, signal: stop.signal },
  );
  await expect(run).rejects.toThrow(ForetasteError);
  await expect(run).rejects.toMatchObject({ code: "CANCELLED", parts: { got: "a stop after 1" } });
});
