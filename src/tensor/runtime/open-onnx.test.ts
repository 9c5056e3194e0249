import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openOnnx } from "./open-onnx.ts";

const file = join(import.meta.dirname, "../../../testing/encoders/onnx-text/model.onnx");
const tokens = (rows: number, length: number) => ({
  shape: [rows, length],
  data: new Int32Array(rows * length).fill(1),
});
const feeds = (rows: number, length: number) => ({
  input_ids: tokens(rows, length),
  attention_mask: tokens(rows, length),
  token_type_ids: tokens(rows, length),
});

test("runs a file from its path or its bytes, in any of its open sizes", async () => {
  const [byPath, byBytes] = [await openOnnx(file), await openOnnx(readFileSync(file))];
  expect(byPath.inputs.map(({ name, dtype }) => [name, dtype])).toEqual(
    ["input_ids", "attention_mask", "token_type_ids"].map((name) => [name, "int64"]),
  );
  for (const [rows, length] of [
    [1, 3],
    [2, 7],
  ] as const) {
    const { last_hidden_state: one } = await byPath.run(feeds(rows, length));
    expect(one!.shape).toEqual([rows, length, 8]);
    expect((await byBytes.run(feeds(rows, length))).last_hidden_state).toEqual(one);
  }
  await Promise.all([byPath.release(), byBytes.release()]);
});

test("errors say what is wrong with the file or with the feeds", async () => {
  await expect(openOnnx(new Uint8Array(8))).rejects.toMatchObject({ code: "ARTEFACT" });
  await expect(openOnnx("nowhere.onnx")).rejects.toMatchObject({
    code: "ARTEFACT",
    parts: { where: "nowhere.onnx" },
  });
  const { run, release } = await openOnnx(file);
  await expect(run({ input_ids: tokens(1, 2) })).rejects.toThrow(/expected inputs input_ids, attention_mask/);
  await expect(run({ ...feeds(1, 2), attention_mask: tokens(3, 5) })).rejects.toMatchObject({
    code: "ARTEFACT",
  });
  await release();
});
