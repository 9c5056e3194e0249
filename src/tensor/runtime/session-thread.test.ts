import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { compile, input, mul } from "../index.ts";
import { openThreadSession } from "./session-thread.ts";

const spec = { model: new Uint8Array(3), inputs: [], outputs: [], provider: "cpu", threads: 1 };
const x = input("x", [2]);

test("a model that does not load is an error of the call, and the thread serves the next", async () => {
  const program = await compile({ x }, { y: mul(x, 2) }, { offThread: true });
  await expect(openThreadSession(spec)).rejects.toThrow(/protobuf|parse/i);
  expect([...(await program.run({ x: Float32Array.of(1, 2) })).y]).toEqual([2, 4]);
  await program.release();
});

test("wrong feeds are refused before they travel, and runs after release too", async () => {
  const program = await compile({ x }, { y: mul(x, 2) }, { offThread: true });
  await expect(program.run({ x: new Float32Array(3) })).rejects.toThrow(/input "x": expected float32\[2\]/);
  const last = program.run({ x: Float32Array.of(3, 4) });
  await program.release();
  expect([...(await last).y]).toEqual([6, 8]);
  await expect(program.run({ x: new Float32Array(2) })).rejects.toThrow(
    "expected a program, got a released one",
  );
});

test("results go where the caller wants them", async () => {
  const program = await compile({ x }, { a: { y: mul(x, 2) }, z: mul(x, 3) }, { offThread: true });
  const y = new Float32Array(2);
  const out = await program.run({ x: Float32Array.of(1, 2) }, { into: { a: { y } } });
  expect(out.a.y).toBe(y);
  expect([[...y], [...out.z]]).toEqual([
    [2, 4],
    [3, 6],
  ]);
  await program.release();
});

test("a thread that dies rejects what was under way, and the next session has a new thread", async () => {
  const dying = new URL("../../../testing/dying-thread.ts", import.meta.url);
  await expect(openThreadSession(spec, dying)).rejects.toThrow(
    "the thread that programs run in: expected a thread that runs, got an end with exit code 7.",
  );
  const program = await compile({ x }, { y: mul(x, 2) }, { offThread: true });
  expect([...(await program.run({ x: Float32Array.of(1, 2) })).y]).toEqual([2, 4]);
  await program.release();
});

const script = fileURLToPath(new URL("../../../testing/leave-thread.ts", import.meta.url));
const leave = (how: string): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, ["--import", "tsx", script, how]);

test("a program that is not released does not keep the process, and a pending run does", async () => {
  expect((await leave("pending")).stdout).toBe("asked 2 4\n");
});

test("a process may exit in the middle of a run", async () => {
  expect(await leave("exit")).toEqual({ stdout: "asked ", stderr: "" });
});
