import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { listDevices } from "./device.ts";

const script = fileURLToPath(new URL("../../../testing/start-device.ts", import.meta.url));

/** What a process said that started devices, a line each; one that dies fails the test with its exit code. */
async function start(...devices: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, ...devices]);
  return stdout.trimEnd().split("\n");
}

const refusal =
  /^ForetasteError: device "\w+": expected a device that starts, got .+\. On this machine: cpu starts; .+ Use device "cpu"\.$/;
const startedOrRefused = new RegExp(`^started 2 4$|${refusal.source}`);

test("the cpu starts; cuda starts or says why not; a device that does not exist never starts", async () => {
  const [cpu, cuda, nonsense, typo] = await start("cpu", "cuda", "nonsense", "web-gpu");
  expect(cpu).toBe("started 2 4");
  expect(cuda).toMatch(startedOrRefused);
  const names = "expected one of cpu, webgpu, cuda, coreml, dml";
  const offers = "On this machine: cpu starts; webgpu ";
  expect(nonsense).toContain(`ForetasteError: device "nonsense": ${names}, got "nonsense". ${offers}`);
  expect(typo).toContain(`: device "web-gpu": ${names}, got "web-gpu". Did you mean "webgpu"? ${offers}`);
});

test("webgpu starts, or says in one line why not, and the process lives", async () => {
  const [webgpu, cpu] = await start("webgpu", "cpu");
  expect(webgpu).toMatch(startedOrRefused);
  expect(cpu).toBe("started 2 4");
});

test("the list says of every device whether it is bundled, whether it starts, and if not why", async () => {
  const reports = await listDevices();
  expect(reports.map(({ device }) => device)).toEqual(["cpu", "webgpu", "cuda", "coreml", "dml"]);
  expect(reports[0]).toEqual({ device: "cpu", bundled: true, starts: true });
  const elsewhere = process.platform === "darwin" ? "dml" : "coreml";
  const why = expect.stringContaining("does not know it");
  expect(reports).toContainEqual({ device: elsewhere, bundled: false, starts: false, why });
  for (const { starts, why: reason } of reports) expect(reason === undefined).toBe(starts);
  expect(await listDevices()).toEqual(reports);
});
