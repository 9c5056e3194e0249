import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../../testing/onnx-log.ts", import.meta.url));
const load = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, ["--import", "tsx", script, ...args]);

test("a program with every operator and every gradient, and random ones, load without a warning", async () => {
  const { stdout, stderr } = await load();
  expect(stderr).toBe("");
  expect(Number(stdout.replace("nodes ", ""))).toBeGreaterThan(500);
});

test("onnxruntime's warnings would be seen", async () => {
  expect((await load("provoke")).stderr).toMatch(/Removing initializer .* not used by any node/);
});
