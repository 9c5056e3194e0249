import { expect, test } from "vitest";
import { picturesWorld } from "../../../testing/worlds/pictures.ts";
import { silentProgress } from "../../base/progress.ts";
import type { ChoiceHead } from "../../meta/bayes/bayes-head.ts";
import type { OneClass } from "../../meta/bayes/one-class-types.ts";
import { countModalities, countParts } from "./count-modalities.ts";
import { modalityReport } from "./modalities.ts";

test("gates and shares by hand: what takes away counts below zero, items of which nothing is known do not", () => {
  // Vectors of two numbers and a bias. Item 0: (3, 0) and, weighed twice, (1, 2); item 1: nothing; item 2: (4, 0) and (-1, 0).
  const parts = Float32Array.of(3, 0, 9, 1, 2, 9, 7, 7, 7, 7, 7, 7, 4, 0, 9, -1, 0, 9);
  const counted = countParts({ parts, weights: Float32Array.of(1, 2, 0, 0, 1, 1) }, 2);
  // Item 0: v = (5, 4), v_1 . v = 15, v_2 . v = 26. Item 2: v = (3, 0), 12 and -3.
  expect(counted).toEqual([
    { present: 1, gate: expect.closeTo((1 / 3 + 1 / 2) / 2, 6), share: expect.closeTo(27 / 50, 6) },
    { present: 1, gate: expect.closeTo((2 / 3 + 1 / 2) / 2, 6), share: expect.closeTo(23 / 50, 6) },
  ]);
});

test("with nothing known of any item every figure is zero", () => {
  expect(countParts({ parts: new Float32Array(6), weights: new Float32Array(2) }, 2)).toEqual(
    [0, 0].map(() => ({ present: 0, gate: 0, share: 0 })),
  );
});

test("of several members each figure is the mean of theirs", async () => {
  const [one, two] = [{ weight: 1 }, { weight: 3 }];
  const items = {
    modalities: ["a", "b"],
    /** One item of `(1, 0)` and `(1, 0)` with a bias each; what the second weighs is the prior's. */
    parts: async (prior: unknown) => ({
      parts: Float32Array.of(1, 0, 9, 1, 0, 9),
      weights: Float32Array.of(1, (prior as typeof one).weight),
    }),
  } as OneClass["items"];
  const catalogue = { items: { ids: ["x"] }, warm: Int32Array.of(0) };
  const head = { catalogue, config: {}, prior: one, others: [two] } as unknown as ChoiceHead;
  const { warm, cold } = await countModalities(items, head);
  // Alone a half and a half, and a quarter and three quarters.
  expect(warm).toEqual([
    { present: 1, gate: 0.375, share: 0.375 },
    { present: 1, gate: 0.625, share: 0.625 },
  ]);
  expect(cold).toEqual(warm);
});

test.each(["gate", "sum"] as const)(
  "%s: the picture is what cold items live on, the sound is not missed",
  async (fusion) => {
    const request = { seed: 2, people: 48, model: { fusion, epochs: 25, batchTasks: 24, embeddingSize: 6 } };
    const report = await modalityReport(picturesWorld(), request, { progress: silentProgress });
    expect(report.modalities.map(({ modality }) => modality)).toEqual(["image", "audio", "item ID"]);
    const [image, audio, id] = report.modalities as [never, never, never] as typeof report.modalities & {
      length: 3;
    };
    for (const when of ["warm", "cold"] as const) {
      const sum = (of: "gate" | "share"): number =>
        report.modalities.reduce((s, row) => s + row[when][of], 0);
      expect([sum("gate"), sum("share")]).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)]);
    }
    expect(id!.cold).toEqual({ present: 0, gate: 0, share: 0 });
    expect(image!.cold.share).toBeGreaterThan(0.8);
    expect(image!.loss["both-cold"]!.low).toBeGreaterThan(0.05);
    expect(audio!.loss["both-cold"]!.low).toBeLessThan(0.05);
    expect(id!.loss["both-cold"]!.mean).toBeLessThan(0.1);
    expect(report.quality["both-cold"]!.tasks).toBe(report.values["both-cold"]!.length);
  },
);
