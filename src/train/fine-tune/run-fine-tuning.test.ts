import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { openTextEncoder } from "../../encoders/pretrained/open-text-encoder.ts";
import { defaultStrategySettings } from "../../encoders/pretrained/strategies/strategies.ts";
import type { FineTuningRequest } from "./request.ts";
import { runFineTuning } from "./run-fine-tuning.ts";

const encoder = join(import.meta.dirname, "../../../testing/encoders/bert");
const folder = mkdtempSync(join(tmpdir(), "foretaste-fine-tuning-"));
afterAll(() => rmSync(folder, { recursive: true }));

const request: FineTuningRequest = {
  encoder,
  strategy: "lora",
  settings: { ...defaultStrategySettings, rank: 2 },
  data: { name: "synthetic" },
  seed: 1,
  people: 60,
  epochs: 2,
  patience: 0,
  headEpochs: 2,
  items: 32,
  maxTokens: 8,
  learningRate: 1e-2,
  layerDecay: 1,
  checkpointing: false,
  threads: 1,
};
const tune = (given: Partial<FineTuningRequest>, signal?: AbortSignal) =>
  runFineTuning({ ...request, ...given }, { progress: silentProgress, ...(signal && { signal }) });

const output = join(folder, "lora");
const whole = await tune({ output, checkpoint: join(folder, "lora.run", "state") });

test("LoRA: head and encoder learn together, the delta opens, both scorers say before and after", async () => {
  const { head, linear } = whole;
  expect(whole.trained).toBeGreaterThan(0);
  expect(whole.share).toBeLessThan(0.5);
  expect(whole.steps).toBeGreaterThanOrEqual(2);
  for (const { before, after, difference } of [head, linear]) {
    expect([before.tasks, after.tasks]).toEqual([60, 60]);
    expect(difference.mean).toBeCloseTo(after.mean - before.mean, 10);
  }
  expect(readdirSync(folder).filter((name) => name.startsWith("lora."))).toEqual(["lora.run"]);
  const tuned = await openTextEncoder(output);
  expect(tuned.width).toBe(12);
  await tuned.release();
  expect(existsSync(join(folder, "lora.run", "state"))).toBe(false);
});

test("frozen: no step is taken, nothing changes", async () => {
  const { trained, steps, bestEpoch, head, linear, valid, bytes } = await tune({ strategy: "frozen" });
  expect([trained, steps, bestEpoch, bytes]).toEqual([0, 0, 0, undefined]);
  expect(head.after.mean).toBeCloseTo(head.before.mean, 3);
  expect(linear.after.mean).toBeCloseTo(linear.before.mean, 3);
  expect(valid.after).toBeCloseTo(valid.before, 3);
});

test("recomputing layers changes nothing but memory", async () => {
  const { valid } = await tune({ checkpointing: true });
  expect(valid.after).toBeCloseTo(whole.valid.after, 4);
});

test("a run that is stopped goes on from its state", async () => {
  const checkpoint = join(folder, "stopped.run", "state");
  const stop = new AbortController();
  const update = (): void => void (existsSync(checkpoint) && stop.abort());
  const progress = { ...silentProgress, start: () => ({ update, finish: () => undefined }) };
  const stopped = runFineTuning({ ...request, checkpoint }, { progress, signal: stop.signal });
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  const resumed = await tune({ checkpoint });
  expect(resumed.steps).toBeLessThan(whole.steps);
  expect(resumed.valid).toEqual(whole.valid);
  expect(resumed.linear).toEqual(whole.linear);
});

test("a folder that is there is not written over, and it is said before anything is computed", async () => {
  mkdirSync(join(folder, "there"));
  await expect(tune({ output: join(folder, "there") })).rejects.toThrow(/--output.*not there yet/s);
});
