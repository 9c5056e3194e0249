import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { describeDataset } from "../describe.ts";
import type { FileFormat, SourceDescription } from "../description.ts";
import { formatDescription } from "../format-description.ts";
import { movieTweetings } from "../known/movietweetings.ts";
import { readDataset } from "./dataset.ts";
import { splitterOf } from "./fields.ts";

const dir = mkdtempSync(join(tmpdir(), "foretaste-read-"));
afterAll(() => rmSync(dir, { recursive: true }));

const write = (name: string, ...parts: (string | Uint8Array)[]): void =>
  writeFileSync(join(dir, name), Buffer.concat(parts.map((part) => Buffer.from(part as string))));

function source(file: string, format: FileFormat, more: Partial<SourceDescription["events"]> = {}) {
  const events = { file, format, user: "u", item: "i", value: "v", ...more };
  return { name: "toy", events, scale: { min: 0, max: 10, liked: 8 } } satisfies SourceDescription;
}

/** [user, item, value] of every event, with ids. */
async function eventsOf(description: SourceDescription) {
  const { dataset, report } = await readDataset(description, dir);
  const { user, item, value } = dataset.interactions;
  const rows = [...user].map((u, row) => [dataset.users.ids[u], dataset.items.ids[item[row]!], value[row]]);
  return { rows, report, dataset };
}

const expected = [
  ["a", "x", 1],
  ["b", "y", 2.5],
];

test("the same events come out of every format", async () => {
  write("e.dat", "a::x::1\nb::y::2.5\n");
  write("e.csv", "u,i,v\na,x,1\nb,y,2.5\n");
  write("e.tsv", "v\tother\tu\ti\n1\t-\ta\tx\n2.5\t-\tb\ty");
  write("e.jsonl", '{"u":"a","i":"x","v":1}\n{"i":"y","u":"b","v":"2.5","more":[1]}\n');
  write("e.csv.gz", gzipSync("u,i,v\na,x,1\nb,y,2.5\n"));
  await toParquet("e.parquet", "select * from (values ('a','x',1.0), ('b','y',2.5)) t(u, i, v)");
  const columns = { columns: ["u", "i", "v"] };
  for (const description of [
    source("e.dat", "::", columns),
    source("e.csv", "csv"),
    source("e.tsv", "tsv"),
    source("e.jsonl", "jsonl"),
    source("e.csv.gz", "csv"),
    source("e.parquet", "parquet"),
  ]) {
    const { rows, report } = await eventsOf(description);
    expect({ rows, report: report.events }).toEqual({
      rows: expected,
      report: { file: description.events.file, read: 2, kept: 2, dropped: [] },
    });
  }
});

async function toParquet(name: string, query: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`copy (${query}) to '${join(dir, name)}' (format parquet)`);
  connection.closeSync();
}

test("a small MovieTweetings: quotes, commas, a year in the title, an item without attributes", async () => {
  write("ratings.dat", "1::0002::8::1365029107\n1::0009::10::1365029108\n2::0001::0::1365029109\n");
  write(
    "movies.dat",
    '0001::"Good", the Bad: 1900 (1966)::Western|Drama\n0002::Fantômas, à l\'ombre (1913)::\n',
  );
  const { dataset, report } = await readDataset(movieTweetings, dir);
  expect(dataset.items).toEqual({
    ids: ["0001", "0002", "0009"],
    columns: {
      title: { kind: "text", values: ['"Good", the Bad: 1900', "Fantômas, à l'ombre", undefined] },
      year: { kind: "numeric", values: Float64Array.of(1966, 1913, Number.NaN) },
      genres: { kind: "multi", values: [["Western", "Drama"], [], []] },
    },
  });
  expect(dataset.users.ids).toEqual(["1", "2"]);
  expect([...dataset.interactions.item]).toEqual([1, 2, 0]);
  expect(report.addedItems).toBe(1);
  expect(report.addedUsers).toBe(0);
  expect(dataset.synthetic).toBe(false);
});

test("rows that cannot be split are reported with their line, the others kept", async () => {
  write(
    "bad.dat",
    "\uFEFFa::x::1\r\n\n",
    "b::y\r\n",
    "b::y::2::3::4\n",
    Uint8Array.of(0x62, 0xff, 0x3a, 0x3a, 0x79, 0x3a, 0x3a, 0x32, 10),
    "b::y::2.5",
  );
  const { rows, report } = await eventsOf(source("bad.dat", "::", { columns: ["u", "i", "v"] }));
  expect(rows).toEqual(expected);
  expect(report.events).toEqual({
    file: "bad.dat",
    read: 5,
    kept: 2,
    dropped: [
      { reason: "missing field", count: 1, first: [{ line: 3, text: "b::y" }] },
      { reason: "too many fields", count: 1, first: [{ line: 4, text: "b::y::2::3::4" }] },
      { reason: "wrong encoding", count: 1, first: [{ line: 5, text: "b\uFFFD::y::2" }] },
    ],
  });
});

test("latin-1 is read when the description says so", async () => {
  write("latin.csv", "u,i,v\n", Uint8Array.of(0xe9), ",x,1\n");
  const { rows } = await eventsOf(source("latin.csv", "csv", { encoding: "latin-1" }));
  expect(rows).toEqual([["é", "x", 1]]);
});

test("CSV: quoted commas, quotes and line ends; a quote never closed spoils its own line only", async () => {
  write("q.csv", 'u,i,v\n"a, ""A""",x,1\n"b\nB",y,2\n"c,z,3\nd,z,4\n');
  const { rows, report } = await eventsOf(source("q.csv", "csv"));
  expect(rows).toEqual([
    ['a, "A"', "x", 1],
    ["b\nB", "y", 2],
    ["d", "z", 4],
  ]);
  const first = [{ line: 5, text: '"c,z,3' }];
  expect(report.events.dropped).toEqual([{ reason: "unterminated quote", count: 1, first }]);
});

test("CSV: a quote never closed far from the end gives up after a hundred lines", async () => {
  const rest = Array.from({ length: 300 }, (_, i) => (i === 50 ? "oops" : `u${i},x,1`)).join("\n");
  write("far.csv", `u,i,v\n"c,z,3\n${rest}\n`);
  const { rows, report } = await eventsOf(source("far.csv", "csv"));
  expect(rows.length).toBe(299);
  expect(report.events.dropped.map(({ reason, first }) => [reason, first.map((o) => o.line)])).toEqual([
    ["unterminated quote", [2]],
    ["missing field", [53]],
  ]);
});

test("CSV fields survive writing and reading", () => {
  const field = fc.string({ unit: fc.constantFrom("a", ",", '"', " ", "é") });
  const quote = (text: string) => (/[",]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), (fields) => {
      expect(splitterOf("csv")(fields.map(quote).join(","))).toEqual(fields);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("JSON lines that are none are reported", async () => {
  write(
    "bad.jsonl",
    '{"u":"a","i":"x","v":1}\n{"u":"a",\n[1]\n\n{"u":"b","i":"y"}\n{"u":"b","i":"y","v":2.5}\n',
  );
  const { rows, report } = await eventsOf(source("bad.jsonl", "jsonl"));
  expect(rows).toEqual(expected);
  expect(report.events.dropped.map(({ reason, first }) => [reason, first.map((o) => o.line)])).toEqual([
    ["not JSON", [2, 3]],
    ["missing field", [5]],
  ]);
});

test("Parquet: lists stay lists, times are UTC, rows are counted", async () => {
  const rows =
    "('a', 'x', 1, timestamp '1970-01-02 00:00:00'), (null, 'y', 2, timestamp '1970-01-01 00:00:30')";
  await toParquet("t.parquet", `select * from (values ${rows}) t(u, i, v, t)`);
  await toParquet("items.parquet", "select 'x' as id, ['p', 'q'] as tags, 7 as size");
  const events = source("t.parquet", "parquet", { time: { column: "t", unit: "iso" } });
  const items = {
    file: "items.parquet",
    format: "parquet",
    id: "id",
    features: { tags: { column: "tags", kind: "multi" }, size: { column: "size", kind: "numeric" } },
  } as const;
  const { dataset, report } = await eventsOf({ ...events, items });
  expect([...dataset.interactions.time!]).toEqual([86400]);
  expect(report.events.dropped[0]).toMatchObject({ reason: "missing field", first: [{ line: 2 }] });
  expect(dataset.items.columns).toEqual({
    tags: { kind: "multi", values: [["p", "q"]] },
    size: { kind: "numeric", values: Float64Array.of(7) },
  });
});

test("wrong files are clear errors", async () => {
  write("none.csv", "");
  write("header.csv", "user,i,v\na,x,1\n");
  write("wrong.dat", "a;x;1\nb;y;2\n");
  write("wrong.parquet", "not parquet");
  const columns = { columns: ["u", "i", "v"] };
  const fails = (description: SourceDescription, message: RegExp) =>
    expect(readDataset(description, dir)).rejects.toThrow(message);
  await fails(source("absent.csv", "csv"), /absent\.csv: expected a file, got none/);
  await fails(source("none.csv", "csv"), /none\.csv: expected a header and rows, got an empty file/);
  await fails(source("header.csv", "csv"), /header\.csv:1: expected a column "u", got user, i, v/);
  await fails(
    source("wrong.dat", "::", columns),
    /wrong\.dat:1: .*none of 2: missing field \(2\); first "a;x;1"/,
  );
  await fails(source("wrong.parquet", "parquet"), /wrong\.parquet: expected a Parquet file/);
  await fails(source("e.parquet", "parquet", { user: "who" }), /expected a column "who", got u, i, v/);
});

test("lines longer than a block, and a line broken by a block's end, are whole", async () => {
  const long = "é".repeat(1_200_000);
  write("long.dat", `${long}::x::1\nb::${long}::2\nc::y::3\n`);
  const { rows } = await eventsOf(source("long.dat", "::", { columns: ["u", "i", "v"] }));
  expect(rows).toEqual([
    [long, "x", 1],
    ["b", long, 2],
    ["c", "y", 3],
  ]);
});

test("reading stops when told to", async () => {
  const ctx = { progress: silentProgress, signal: AbortSignal.abort() };
  await expect(readDataset(source("e.csv", "csv"), dir, ctx)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("the hash is of the cleaned content", async () => {
  write("one.csv", "u,i,v\na,x,1\nb,y,2.5\n");
  write("two.csv", "u,i,v\r\na,x,1\r\nbroken\r\nb,y,2.50");
  write("three.csv", "u,i,v\na,x,1\nb,y,3\n");
  const hash = async (file: string) => (await readDataset(source(file, "csv"), dir)).dataset.hash;
  expect(await hash("one.csv")).toBe(await hash("two.csv"));
  expect(await hash("one.csv")).not.toBe(await hash("three.csv"));
});

test("vectors of users' own: a column of any format, or a file joined by id", async () => {
  const vectors = {
    image: { column: "image", kind: "vector" },
    sound: {
      column: "v",
      kind: "vector",
      width: 1,
      from: { file: "sounds.jsonl", format: "jsonl", id: "item" },
    },
  } as const;
  write("events.csv", "u,i\na,x\nb,y\na,z\n");
  write("sounds.jsonl", '{"item":"y","v":[0.5]}\n{"item":"nobody","v":[1]}\n');
  write("films.csv", 'id,image\nx,"[1, 2]"\ny,\n');
  write("films.jsonl", '{"id":"x","image":[1,2]}\n{"id":"y","image":null}\n');
  await toParquet("films.parquet", "select * from (values ('x', [1.0, 2.0]), ('y', null)) t(id, image)");
  for (const format of ["csv", "jsonl", "parquet"] as const) {
    const items = { file: `films.${format}`, format, id: "id", features: vectors };
    const events = { file: "events.csv", format: "csv", user: "u", item: "i" } as const;
    const scale = { min: 0, max: 1, liked: 1 };
    const { dataset } = await readDataset({ name: "toy", events, items, scale }, dir);
    expect(dataset.items).toEqual({
      ids: ["x", "y", "z"],
      columns: {
        image: {
          kind: "vector",
          width: 2,
          values: Float32Array.of(1, 2, ...new Array<number>(4).fill(Number.NaN)),
        },
        sound: { kind: "vector", width: 1, values: Float32Array.of(Number.NaN, 0.5, Number.NaN) },
      },
    });
    expect(formatDescription(describeDataset(dataset))).toMatch(/items\.image\s+vector of 2\s+33 % filled/u);
  }
});
