import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../../testing/start-device.ts", import.meta.url));

/** What a process said that started devices, a line each; one that dies fails the test with its exit code. */
async function start(...devices: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, ...devices]);
  return stdout.trimEnd().split("\n");
}

const refusal = /^ForetasteError: device "\w+": expected a device that starts, got .+ Use device "cpu"\.$/;
const startedOrRefused = new RegExp(`^started 2 4$|${refusal.source}`);

test("the cpu starts; cuda starts or says why not; a device that does not exist never starts", async () => {
  const [cpu, cuda, nonsense] = await start("cpu", "cuda", "nonsense");
  expect(cpu).toBe("started 2 4");
  expect(cuda).toMatch(startedOrRefused);
  expect(nonsense).toMatch(refusal);
});

test("webgpu starts, or says in one line why not, and the process lives", async () => {
  const [webgpu, cpu] = await start("webgpu", "cpu");
  expect(webgpu).toMatch(startedOrRefused);
  expect(cpu).toBe("started 2 4");
});
