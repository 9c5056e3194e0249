import { expect, test } from "vitest";
import { type Cell, parseNumber, parseTime } from "./cells.ts";
import { createEventCleaner, createIds } from "./clean.ts";
import { createTableCleaner, extendTable } from "./clean-table.ts";
import type { EventsDescription, FeatureDescription } from "./description.ts";

const description: EventsDescription = {
  file: "r.csv",
  format: "csv",
  user: "u",
  item: "i",
  value: "v",
  time: { column: "t", unit: "seconds" },
};
const scale = { min: 1, max: 5, liked: 4 };

function clean(rows: readonly (readonly Cell[])[]) {
  const [users, items] = [createIds(), createIds(["known"])];
  const cleaner = createEventCleaner({ description, scale, users, items });
  for (const [i, row] of rows.entries()) cleaner.row(row, i + 2, row.join());
  return { ...cleaner.finish(), users: users.list, items: items.list };
}

test("good rows become interactions; ids are numbered in order of appearance", () => {
  const { interactions, users, items, report } = clean([
    ["b", " known ", "5", "10"],
    ["a", "x", "2.5", "20"],
    ["b", "x", "1", "30"],
  ]);
  expect(users).toEqual(["b", "a"]);
  expect(items).toEqual(["known", "x"]);
  expect([...interactions.user]).toEqual([0, 1, 0]);
  expect([...interactions.item]).toEqual([0, 1, 1]);
  expect([...interactions.value]).toEqual([5, 2.5, 1]);
  expect([...interactions.time!]).toEqual([10, 20, 30]);
  expect(report).toEqual({ file: "r.csv", read: 3, kept: 3, dropped: [] });
});

test("every kind of bad row is dropped, counted and shown with its line", () => {
  const { interactions, report, users } = clean([
    ["a", "x", "4", "1"],
    ["", "x", "4", "1"],
    ["b", "x", "four", "1"],
    ["b", "x", "", "1"],
    ["b", "x", "6", "1"],
    ["b", "x", "0.9", "1"],
    ["b", "x", "4", "today"],
    ["b", "x", "NaN", "1"],
  ]);
  expect(interactions.user.length).toBe(1);
  expect(users).toEqual(["a"]);
  expect(report.dropped.map(({ reason, count, first }) => [reason, count, first.map((o) => o.line)])).toEqual(
    [
      ["missing field", 2, [3, 5]],
      ["bad number", 2, [4, 9]],
      ["out of scale", 2, [6, 7]],
      ["bad time", 1, [8]],
    ],
  );
  expect(report.dropped[1]?.first[0]).toEqual({ line: 4, text: "b,x,four,1" });
});

test("of several events of one user and item the last one wins", () => {
  const { interactions, report } = clean([
    ["a", "x", "1", "30"],
    ["a", "y", "3", "10"],
    ["a", "x", "2", "20"],
    ["a", "x", "5", "5"],
  ]);
  expect([...interactions.value]).toEqual([3, 5]);
  expect(report.kept).toBe(2);
  expect(report.dropped).toEqual([
    {
      reason: "duplicate",
      count: 2,
      first: [
        { line: 2, text: "user a, item x: again on line 4" },
        { line: 4, text: "user a, item x: again on line 5" },
      ],
    },
  ]);
});

test("only the first three offenders are kept, without control characters and not endless", () => {
  const bad = Array.from({ length: 9 }, () => ["a", "x", `\u001b[31m${"z".repeat(500)}`, "1"]);
  const [dropped] = clean([["a", "x", "1", "1"], ...bad]).report.dropped;
  expect(dropped?.count).toBe(9);
  expect(dropped?.first.length).toBe(3);
  expect(dropped?.first[0]?.text.startsWith("a,x,\\u001b[31mzz")).toBe(true);
  expect(dropped?.first[0]?.text.length).toBe(121);
});

test("a file without one good row is an error that shows its first row", () => {
  expect(() => clean([["a", "x", "bad", "1"]])).toThrow(
    /r\.csv:2: expected at least one good row, got none of 1: bad number \(1\); first "a,x,bad,1"/,
  );
  expect(() => clean([])).toThrow(/r\.csv: expected at least one good row, got an empty file/);
});

test("implicit feedback: every value is 1", () => {
  const { value: _value, time: _time, ...implicit } = description;
  const options = { description: implicit, scale: { min: 0, max: 1, liked: 1 } };
  const cleaner = createEventCleaner({ ...options, users: createIds(), items: createIds() });
  cleaner.row(["a", "x"], 1);
  const { interactions } = cleaner.finish();
  expect([...interactions.value]).toEqual([1]);
  expect(interactions.time).toBeUndefined();
});

test("numbers and times", () => {
  expect(["3", "-2.5", ".5", "1e2", "5."].map(parseNumber)).toEqual([3, -2.5, 0.5, 100, 5]);
  expect(["x", "1,5", "0x10", "Infinity", "1e999", "3 stars"].map(parseNumber)).toEqual(
    new Array(6).fill("bad number"),
  );
  expect(parseTime("1365029107", "seconds")).toBe(1365029107);
  expect(parseTime("1365029107500", "milliseconds")).toBe(1365029107.5);
  expect(parseTime("1970-01-02", "iso")).toBe(86400);
  expect(parseTime("1970-01-01 01:00:00", "iso")).toBe(3600);
  expect(parseTime("1970-01-01T01:00:00+01", "iso")).toBe(0);
  expect(parseTime("1970-01-01T01:00:00-02:00", "iso")).toBe(10800);
  expect(parseTime("1970-01-01T00:00:01.5+0000", "iso")).toBe(1.5);
  for (const wrong of ["yesterday", "1970-13-01", "12", "1970-01-01T25:00"]) {
    expect(parseTime(wrong, "iso")).toBe("bad time");
  }
});

function column(feature: Omit<FeatureDescription, "column">, cells: readonly Cell[]) {
  const features = { f: { column: "f", ...feature } };
  const cleaner = createTableCleaner({ file: "t.csv", format: "csv", id: "id", features }, ["N/A"]);
  for (const [i, cell] of cells.entries()) cleaner.row([`#${i}`, cell], i + 1);
  return cleaner.finish().table.columns.f;
}

test("features of every kind, with missing values", () => {
  expect(column({ kind: "categorical" }, [" R ", "N/A", "", undefined])).toEqual({
    kind: "categorical",
    values: ["R", undefined, undefined, undefined],
  });
  expect(column({ kind: "numeric" }, ["1.5", "N/A"])).toEqual({
    kind: "numeric",
    values: Float64Array.of(1.5, Number.NaN),
  });
  expect(column({ kind: "multi", separator: "|" }, ["a| b |a||N/A", "", ["x", "y"]])).toEqual({
    kind: "multi",
    values: [["a", "b"], [], ["x", "y"]],
  });
  const years = column({ kind: "year" }, ["2001: A Space Odyssey (1968)", "1984", "12345", ""]);
  expect(years).toEqual({ kind: "numeric", values: Float64Array.of(1968, 1984, Number.NaN, Number.NaN) });
});

test("strip removes remarks before the text is split", () => {
  const strip = "\\s*\\((?:[^()]|\\([^()]*\\))*\\)";
  const writers = 'Albert Hackett (play "Dividend, Part (II)"), Nancy Meyers (screenplay), Nancy Meyers';
  expect(column({ kind: "multi", separator: ",", strip }, [writers])).toEqual({
    kind: "multi",
    values: [["Albert Hackett", "Nancy Meyers"]],
  });
});

test("an unreadable number of a feature is missing, and counted", () => {
  const features = { size: { column: "size", kind: "numeric" as const } };
  const cleaner = createTableCleaner({ file: "t.csv", format: "csv", id: "id", features }, []);
  cleaner.row(["a", "12"], 1, "a,12");
  cleaner.row(["b", "big"], 2, "b,big");
  cleaner.row(["", "3"], 3, ",3");
  cleaner.row(["a", "13"], 4, "a,13");
  const { table, report } = cleaner.finish();
  expect(table.ids).toEqual(["a", "b"]);
  expect(table.columns.size).toEqual({ kind: "numeric", values: Float64Array.of(13, Number.NaN) });
  expect(report.kept).toBe(2);
  expect(report.dropped.map(({ reason, count }) => [reason, count])).toEqual([
    ["missing field", 1],
    ["duplicate", 1],
  ]);
  expect(report.unreadable).toEqual([{ column: "size", count: 1, first: [{ line: 2, text: "big" }] }]);
});

test("rows that only events name get missing values", () => {
  const table = {
    ids: ["a"],
    columns: {
      n: { kind: "numeric", values: Float64Array.of(1) },
      m: { kind: "multi", values: [["x"]] },
      c: { kind: "categorical", values: ["x"] },
    },
  } as const;
  expect(extendTable(table, ["a", "b"])).toEqual({
    ids: ["a", "b"],
    columns: {
      n: { kind: "numeric", values: Float64Array.of(1, Number.NaN) },
      m: { kind: "multi", values: [["x"], []] },
      c: { kind: "categorical", values: ["x", undefined] },
    },
  });
  expect(extendTable(table, ["a"])).toBe(table);
});
