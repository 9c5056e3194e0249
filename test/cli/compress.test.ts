import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "foretaste-compress-"));
afterAll(() => rmSync(folder, { recursive: true }));
const encoder = join(import.meta.dirname, "../../testing/encoders/bert");
const compress = (output: string, ...flags: readonly string[]) => {
  const asked = ["-e", encoder, "-o", join(folder, output), "--dataset", "synthetic", "--people", "30"];
  return run(["compress", ...asked, ...flags]);
};

test("compress refuses what is not as good with an exit code, and prints both sides all the same", async () => {
  const { code, out, err } = await compress("low", "-m", "low-rank", "--steps", "0", "--agreement", "1");
  expect(code).not.toBe(0);
  expect(out).toMatch(/size.*texts\/s.*nDCG@10 of cold items/);
  expect(err).toMatch(/less than 1[\s\S]*Nothing was written/);
  expect(existsSync(join(folder, "low"))).toBe(false);
});

test("compress says where an encoder went that is", async () => {
  const { code, err } = await compress("int8", "--tolerance", ".5");
  expect(code).toBe(0);
  expect(err).toContain("int8; use it with --encoder");
  expect(existsSync(join(folder, "int8", "model.safetensors"))).toBe(true);
});
