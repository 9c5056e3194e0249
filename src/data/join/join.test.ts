import { expect, test } from "vitest";
import { createDataset, type Dataset, type Table } from "../dataset.ts";
import { alignColumns } from "./align.ts";
import { joinDomains, twinColumn } from "./join.ts";
import { titleTwins } from "./twins.ts";

const films: Table = {
  ids: ["1", "2", "3", "4"],
  columns: {
    title: { kind: "text", values: ["Matrix, The", "Solaris", "Solaris", "Amélie"] },
    year: { kind: "numeric", values: Float64Array.of(1999, 1972, 2002, 2001) },
    genre: { kind: "multi", values: [["Action", "Sci-Fi"], ["Sci-Fi"], ["Drama", "Sci-Fi"], ["Comedy"]] },
    director: { kind: "multi", values: [["Wachowski"], ["Tarkovsky"], ["Soderbergh"], ["Jeunet"]] },
  },
};
const tweets: Table = {
  ids: ["x", "y", "z"],
  columns: {
    title: { kind: "text", values: ["The Matrix", "Solaris", "Amelie"] },
    year: { kind: "numeric", values: Float64Array.of(1999, 2003, 2008) },
    genres: { kind: "multi", values: [["Action"], ["Drama", "Sci-Fi"], ["Comedy"]] },
  },
};
const world = (name: string, items: Table, users: readonly string[]): Dataset =>
  createDataset({
    name,
    users: { ids: users, columns: {} },
    items,
    interactions: { user: Int32Array.of(0), item: Int32Array.of(0), value: Float32Array.of(1) },
    scale: { min: 0, max: 1, liked: 1 },
    synthetic: true,
  });

test("columns pair by name, then by the values they share", () => {
  expect(alignColumns(tweets, films)).toEqual([
    ["title", "title"],
    ["year", "year"],
    ["genres", "genre"],
  ]);
  expect(alignColumns(tweets, films, { genres: "director" })).toContainEqual(["genres", "director"]);
});

test("the same work: the words of the title in any order, accents aside, a year at most one apart", () => {
  expect(Array.from(titleTwins(tweets, films))).toEqual([0, 2, -1]);
});

test("twins carry one value in both tables, and strangers none", () => {
  const joined = joinDomains(world("films", films, ["u"]), world("tweets", tweets, ["u", "v"]));
  expect(joined.source.items.columns[twinColumn]?.values).toEqual(["0", undefined, "2", undefined]);
  expect(joined.target.items.columns[twinColumn]?.values).toEqual(["0", "2", undefined]);
  expect(Object.keys(joined.items.columns)).toEqual(["title", "year", "genres", twinColumn]);
  expect(joined.items.columns["year"]?.values).toEqual(
    Float64Array.of(1999, 1972, 2002, 2001, 1999, 2003, 2008),
  );
  expect(Array.from(joined.userTwins)).toEqual([-1, -1]);
});

test("equal ids are the same person, or item, when that is said", () => {
  const [source, target] = [world("a", films, ["u", "w"]), world("b", films, ["v", "w"])];
  const joined = joinDomains(source, target, { sharedUsers: true, sharedItems: true });
  expect(Array.from(joined.userTwins)).toEqual([-1, 1]);
  expect(Array.from(joined.itemTwins)).toEqual([0, 1, 2, 3]);
});
