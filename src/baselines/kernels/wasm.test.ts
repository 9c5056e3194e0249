import { expect, test } from "vitest";
import { type WasmFunction, wasm, wasmModule } from "./wasm.ts";
import { instantiate, sharedMemory } from "./web-assembly.ts";

const { get, set, i32, add, mul, below, loadF32, whileDo } = wasm;

function run<T>(functions: readonly WasmFunction[], memory = sharedMemory(1)): T {
  return instantiate(wasmModule(functions, 1), memory) as T;
}

test.each([0, 1, 63, 64, 127, 128, 8191, 8192, 65_535, 2 ** 31 - 1, -1, -64, -65, -128, -(2 ** 31)])(
  "the constant %i survives its encoding",
  (value) => {
    const one: WasmFunction = { name: "one", parameters: [], result: "i32", locals: [], body: i32(value) };
    expect(run<{ one(): number }>([one]).one()).toBe(value);
  },
);

test("a loop runs while its condition holds, comparing without sign", () => {
  const [until, at, sum] = [0, 1, 2];
  const body = [
    ...whileDo(
      below(get(at), get(until)),
      set(sum, add(get(sum), mul(get(at), i32(3)))),
      set(at, add(get(at), i32(1))),
    ),
    ...get(sum),
  ];
  const sums: WasmFunction = {
    name: "sums",
    parameters: ["i32"],
    result: "i32",
    locals: ["i32", "i32"],
    body,
  };
  const less: WasmFunction = {
    name: "less",
    parameters: ["i32", "i32"],
    result: "i32",
    locals: [],
    body: below(get(0), get(1)),
  };
  const made = run<{ sums(n: number): number; less(a: number, b: number): number }>([sums, less]);
  expect([0, 1, 5].map((n) => made.sums(n))).toEqual([0, 0, 30]);
  expect([made.less(1, -1), made.less(-1, 1)]).toEqual([1, 0]);
});

test("offsets above one byte are added to the address", () => {
  const memory = sharedMemory(1);
  new Float32Array(memory.buffer)[100] = 1.5;
  const body = loadF32(get(0), 300);
  const at: WasmFunction = { name: "at", parameters: ["i32"], result: "f32", locals: [], body };
  expect(run<{ at(address: number): number }>([at], memory).at(100)).toBe(1.5);
});
