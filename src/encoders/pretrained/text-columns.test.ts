import { expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import type { Table } from "../../data/dataset.ts";
import { parseEncoderChoice, parseEncoderChoices, withTextVectors } from "./text-columns.ts";
import type { TextEncoder } from "./text-encoder.ts";

const asked: string[][] = [];
/** Length of a text, and its number of words. */
const counting: TextEncoder = {
  name: "counting",
  hash: "0",
  width: 2,
  async embed(texts) {
    asked.push([...texts]);
    const rows = texts.flatMap((text) => [text.length, text.split(" ").length]);
    return { data: Float32Array.from(rows), width: 2 };
  },
  async release() {},
};
const ctx = { progress: silentProgress };
const items: Table = {
  ids: ["a", "b", "c"],
  columns: {
    title: { kind: "text", values: ["Up", undefined, "Up"] },
    plot: { kind: "text", values: ["old man", " ", "a dog"] },
    genre: { kind: "multi", values: [[], [], []] },
  },
};

test("a column of vectors for each text; distinct texts once, missing ones NaN", async () => {
  const { columns } = await withTextVectors(items, counting, undefined, ctx);
  expect(Object.keys(columns)).toEqual(["title", "plot", "genre", "title by counting", "plot by counting"]);
  expect(asked).toEqual([["Up"], ["old man", "a dog"]]);
  const { NaN: none } = Number;
  expect(columns["title by counting"]).toEqual({
    kind: "vector",
    width: 2,
    values: Float32Array.of(2, 1, none, none, 2, 1),
  });
  expect([...columns["plot by counting"]!.values]).toEqual([7, 2, none, none, 5, 2]);
});

test("only the columns asked for, and of those only texts", async () => {
  const { columns } = await withTextVectors(items, counting, ["plot"], ctx);
  expect(Object.keys(columns)).not.toContain("title by counting");
  await expect(withTextVectors(items, counting, ["plto"], ctx)).rejects.toThrow('Did you mean "plot"?');
  await expect(withTextVectors(items, counting, ["genre"], ctx)).rejects.toThrow(
    "a text column: title, plot",
  );
  const bare = { ids: ["a"], columns: {} };
  await expect(withTextVectors(bare, counting, undefined, ctx)).rejects.toThrow("items with a text column");
});

test("an encoder is chosen by name, with columns or without", () => {
  expect(parseEncoderChoice("use-lite")).toEqual({ name: "use-lite" });
  expect(parseEncoderChoice("a/b:title, plot")).toEqual({ name: "a/b", columns: ["title", "plot"] });
  for (const wrong of ["", ":plot", "use-lite:", "use-lite:a,,b"])
    expect(() => parseEncoderChoice(wrong)).toThrow("NAME:column,column");
});

test("several choices stand side by side, and a wrong one among them is refused", () => {
  expect(parseEncoderChoices("a+b:plot,title")).toEqual([
    { name: "a" },
    { name: "b", columns: ["plot", "title"] },
  ]);
  expect(() => parseEncoderChoices("a+")).toThrow(/NAME or NAME:column/);
});
