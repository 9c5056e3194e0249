import { describe, expect, test } from "vitest";
import {
  add,
  compile,
  constant,
  fromHalf,
  type HalfType,
  input,
  matmul,
  referenceBackend,
  toHalf,
} from "../index.ts";

const [rows, columns] = [8, 16];
const table = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i) / 3);
const fed = Float32Array.from({ length: rows * columns }, (_, i) => Math.cos(i) * 5);
const x = Float32Array.from({ length: 2 * rows }, (_, i) => i / 7);

const inputs = {
  x: input("x", [2, rows]),
  params: { w: input("w", [rows, columns]), b: input("b", [columns]) },
};
const product = matmul(inputs.x, constant(table, [rows, columns]));
const outputs = { y: add(add(product, matmul(inputs.x, inputs.params.w)), inputs.params.b) };

/** What comes out when the weights are rounded before and everything else is float32. */
async function rounded(constants: HalfType, weights?: HalfType): Promise<Float32Array> {
  const round = (values: Float32Array, dtype: HalfType | undefined): Float32Array =>
    dtype === undefined ? values : fromHalf(toHalf(values, dtype), dtype);
  const w = matmul(inputs.x, constant(round(table, constants), [rows, columns]));
  const y = add(add(w, matmul(inputs.x, inputs.params.w)), inputs.params.b);
  const b = new Float32Array(columns).fill(0.1);
  const program = await compile(inputs, { y });
  return (await program.run({ x, params: { w: round(fed, weights), b: round(b, weights) } })).y;
}

describe("weights in 16 bits", () => {
  test.each<HalfType>(["float16", "bfloat16"])(
    "constants in %s: rounded, computed in float32, half the file",
    async (dtype) => {
      const [full, half] = await Promise.all([
        compile(inputs, outputs),
        compile(inputs, outputs, { weights: { dtype } }),
      ]);
      const feeds = { x, params: { w: fed, b: new Float32Array(columns).fill(0.1) } };
      expect((await half.run(feeds)).y).toEqual(await rounded(dtype));
      expect((await half.run(feeds)).y).not.toEqual((await full.run(feeds)).y);
      const saved = full.toOnnx().length - half.toOnnx().length;
      expect(saved).toBeGreaterThan(2 * rows * columns - 100);
    },
  );

  const weights = { dtype: "float16", inputs: ["params"] } as const;
  const feeds = {
    x,
    params: { w: toHalf(fed, "float16"), b: toHalf(new Float32Array(columns).fill(0.1), "float16") },
  };

  test("inputs below a path are fed as bits, on the thread, off it, and to the reference", async () => {
    const wanted = await rounded("float16", "float16");
    for (const offThread of [false, true]) {
      const program = await compile(inputs, outputs, { weights, offThread });
      expect((await program.run(feeds)).y).toEqual(wanted);
      await program.release();
    }
    const reference = await compile(inputs, outputs, { weights, backend: referenceBackend });
    const { y } = await reference.run(feeds);
    // The reference keeps constants as they are.
    [...y].forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(0.01));
  });

  test("what does not fit is refused with what to do", async () => {
    const program = await compile(inputs, outputs, { weights });
    await expect(program.run({ ...feeds, params: { ...feeds.params, w: fed } })).rejects.toThrow(
      'input "params.w": expected float16[8, 16], 128 elements, got Float32Array with 128 elements. Make them with toHalf',
    );
    const refusal = (given: object): Promise<string> =>
      compile(inputs, outputs, { weights: given as never }).then(() => "compiled", String);
    expect(await refusal({ dtype: "float16", inputs: ["param"] })).toContain(
      'compile, weights: expected an input, one of x, params.w, params.b, got "param"',
    );
    expect(await refusal({ dtype: "bfloat16", inputs: ["params.w"] })).toContain(
      'input "params.w": expected a dtype that onnxruntime-node can be fed, got bfloat16. Feed float16',
    );
  });
});
