import { expect, test } from "vitest";
import type { Table } from "../../data/dataset.ts";
import { createTitleIndex } from "./titles.ts";

const films: readonly (readonly [string, string | undefined, number])[] = [
  ["1", "Heat", 1995],
  ["2", "Heat", 2013],
  ["3", "The Terminator", 1984],
  ["4", "Terminator 2: Judgment Day", 1991],
  ["5", "Amélie", 2001],
  ["6", "The Lord of the Rings: The Two Towers", 2002],
  ["7", "The Lord of the Rings: The Return of the King", 2003],
  ["8", "Schindler's List", 1993],
  ["9", undefined, Number.NaN],
  ["10", "Up", 2009],
];
const table: Table = {
  ids: films.map(([id]) => id),
  columns: {
    title: { kind: "text", values: films.map(([, title]) => title) },
    year: { kind: "numeric", values: Float64Array.from(films, ([, , year]) => year) },
  },
};
const index = createTitleIndex(table);
const choices = (words: string) => {
  const match = index.find(words);
  return match.kind === "ambiguous" ? match.choices.map((choice) => choice.label) : match.kind;
};

test.each([
  ["heat (1995)", "exact", "1"],
  ["Heat 2013", "exact", "2"],
  ["the terminator", "exact", "3"],
  ["TERMINATOR", "exact", "3"],
  ["amelie", "exact", "5"],
  ["schindlers list", "exact", "8"],
  ["9", "exact", "9"],
  ["up", "exact", "10"],
  ["termniator", "corrected", "3"],
  ["shindlers lst", "corrected", "8"],
  ["ameli", "corrected", "5"],
  ["two towers", "corrected", "6"],
])("%s is %s %s", (words, kind, id) => {
  expect(index.find(words)).toMatchObject({ kind, item: { id } });
});

test("words that fit several titles ask which one", () => {
  expect(choices("heat")).toEqual(["Heat (1995)", "Heat (2013)"]);
  expect(choices("lord of the rings").slice(0, 2)).toEqual([
    "The Lord of the Rings: The Two Towers (2002)",
    "The Lord of the Rings: The Return of the King (2003)",
  ]);
});

test("the title itself wins, and the parts of its series are told", () => {
  const match = createTitleIndex({
    ids: ["a", "b", "c", "d"],
    columns: {
      title: { kind: "text", values: ["Alien", "Alien: Resurrection", "Aliens", "Alien Nation"] },
    },
  }).find("alien");
  expect(match).toEqual({
    kind: "exact",
    item: { id: "a", label: "Alien" },
    series: [{ id: "b", label: "Alien: Resurrection" }],
  });
});

test("words that fit nothing are unknown", () => {
  expect(choices("zzzzqqq")).toBe("unknown");
  expect(choices(" ?! ")).toBe("unknown");
  expect(choices("u")).toBe("unknown");
});

test("labels carry the year, and an item without a title its id", () => {
  expect([index.labelOf("1"), index.labelOf("9"), index.labelOf("404")]).toEqual(["Heat (1995)", "9", "404"]);
});
