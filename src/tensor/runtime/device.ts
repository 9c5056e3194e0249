import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import * as ort from "onnxruntime-node";
import { ForetasteError } from "../../base/errors.ts";
import { nearest } from "../../base/schema.ts";
import { ModelProto } from "./onnx-schema.ts";

/** What programs run on: the processor, or what a graphics or neural processor is reached through. */
export type Device = "cpu" | "webgpu" | "cuda" | "coreml" | "dml";

/** What became of a device on this machine. */
export interface DeviceReport {
  readonly device: Device;
  /** Its code came with onnxruntime; others need libraries of their own. */
  readonly bundled: boolean;
  /** A program ran on it just now. */
  readonly starts: boolean;
  /** Why it does not start. */
  readonly why?: string;
}

const devices: readonly Device[] = ["cpu", "webgpu", "cuda", "coreml", "dml"];

/** Longest that a device may take to start; drivers compile on their first run. */
const PROBE_MS = 60_000;

const known = new Map<Device, Promise<DeviceReport>>();

/**
 * What of each device this machine has: whether it came with onnxruntime and whether a program runs on it. Devices are
 * tried in processes of their own, because one without its driver may end the process.
 *
 * @example (await listDevices()).filter((d) => d.starts).map((d) => d.device); // ["cpu"]
 */
export function listDevices(): Promise<DeviceReport[]> {
  return Promise.all(devices.map(reportOf));
}

/** The same for one device; it is tried once in the life of this process. */
function reportOf(device: Device): Promise<DeviceReport> {
  const report = known.get(device) ?? probe(device);
  known.set(device, report);
  return report;
}

/**
 * Returns when a device starts here.
 *
 * @throws DEVICE with what this machine offers, or the nearest name for one that is not a device's
 */
export async function requireDevice(device: Device): Promise<void> {
  if (device === "cpu") return;
  if (!devices.includes(device)) throw unknown(device, await offers());
  const { starts, why = "" } = await reportOf(device);
  if (starts) return;
  const hint = `${await offers()} Use device "cpu".`;
  throw new ForetasteError("DEVICE", {
    where: name(device),
    expected: "a device that starts",
    got: why,
    hint,
  });
}

const offers = async (): Promise<string> =>
  `On this machine: ${(await listDevices()).map(describe).join("; ")}.`;

function unknown(device: string, offered: string): ForetasteError {
  const near = nearest(device, devices);
  const hint = `${near === undefined ? "" : `Did you mean "${near}"? `}${offered}`;
  const expected = `one of ${devices.join(", ")}`;
  return new ForetasteError("DEVICE", { where: name(device), expected, got: `"${device}"`, hint });
}

const name = (device: string): string => `device "${device}"`;

function describe({ device, bundled, starts }: DeviceReport): string {
  if (starts) return `${device} starts`;
  return bundled ? `${device} is bundled but does not start` : `${device} is not bundled`;
}

async function probe(device: Device): Promise<DeviceReport> {
  const found = ort.listSupportedBackends().find((backend) => backend.name === device);
  const bundled = found?.bundled ?? false;
  if (found === undefined) {
    const why = `onnxruntime-node for ${process.platform} ${process.arch} does not know it`;
    return { device, bundled, starts: false, why };
  }
  const why = await tryProcess(device);
  return why === undefined ? { device, bundled, starts: true } : { device, bundled, starts: false, why };
}

/** Runs on a device in a new process; says why it did not, or nothing. */
async function tryProcess(device: Device): Promise<string | undefined> {
  const runtime = createRequire(import.meta.url).resolve("onnxruntime-node");
  const args = ["-e", PROBE, runtime, device, Buffer.from(doubling()).toString("base64")];
  const options = { timeout: PROBE_MS, env: { ...process.env, NODE_OPTIONS: "" } };
  const { stdout } = await promisify(execFile)(process.execPath, args, options).catch(
    (error: { stdout?: string; signal?: string; code?: unknown }) => ({
      stdout: error.stdout || `its process ended with ${error.signal ?? `exit code ${String(error.code)}`}`,
    }),
  );
  return stdout.startsWith("started 2 4") ? undefined : reason(stdout);
}

/** What onnxruntime says in one line; what stands before "was false" is a C++ signature. */
function reason(said: string): string {
  const [line = ""] = said.split("\n");
  return line.replace(/^.* was false\. /, "").replace(/\.+$/, "");
}

/** The program of the new process: plain JavaScript, because there is nothing there that would compile it. */
const PROBE = `
const [runtime, provider, model] = process.argv.slice(1);
const ort = require(runtime);
const x = new ort.Tensor("float32", Float32Array.of(1, 2), [2]);
ort.InferenceSession.create(Buffer.from(model, "base64"), { executionProviders: [provider], logSeverityLevel: 4 })
  .then((session) => session.run({ x }))
  .then(({ y }) => console.log("started", ...y.data), (error) => console.log(error.message));
`;

/** y = x + x, as an ONNX file. */
function doubling(): Uint8Array {
  const value = (name: string): object => {
    return { name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } } };
  };
  const node = [{ input: ["x", "x"], output: ["y"], opType: "Add" }];
  const graph = { name: "probe", node, input: [value("x")], output: [value("y")] };
  const model = { irVersion: 9, opsetImport: [{ domain: "", version: 18 }], graph };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}
