import { check, ForetasteError } from "../../base/errors.ts";
import { type Column, createDataset, type Dataset } from "../dataset.ts";
import { wordsAt } from "../vocabulary.ts";

const form = /^\s*([^<>=]+?)\s*(>=|<=|=|<|>)\s*(.+?)\s*$/;

/**
 * The part of a data set whose items meet a condition, such as a genre as a domain of its own: `genre=Horror`,
 * `year<1990`, `year>=1990`. Other items and their events are gone; users keep their rows.
 *
 * @throws CONFIG for another form, an attribute that is not there, or a condition that nothing meets
 * @example const horror = whereItems(movieLens, "genre=Horror");
 */
export function whereItems(dataset: Dataset, condition: string): Dataset {
  const [, name = "", sign = "", value = ""] = form.exec(condition) ?? [];
  const column = dataset.items.columns[name];
  if (column === undefined) throw wrong(dataset, condition);
  const meets = test(column, sign, value);
  const rows = Array.from(dataset.items.ids.keys()).filter(meets);
  const place = new Map(rows.map((row, at) => [row, at]));
  const { user, item, value: values, time } = dataset.interactions;
  const events = Array.from(item.keys()).filter((event) => place.has(item[event]!));
  check(events.length > 0, "CONFIG", () => ({
    where: `${dataset.name}, where ${condition}`,
    expected: "items with events",
    got: `${rows.length} items and no event`,
  }));
  const { hash: _, ...parts } = dataset;
  return createDataset({
    ...parts,
    name: `${dataset.name} (${condition})`,
    items: {
      ids: rows.map((row) => dataset.items.ids[row]!),
      columns: Object.fromEntries(
        Object.entries(dataset.items.columns).map(([key, one]) => [key, pickRows(one, rows)]),
      ),
    },
    interactions: {
      user: Int32Array.from(events, (event) => user[event]!),
      item: Int32Array.from(events, (event) => place.get(item[event]!)!),
      value: Float32Array.from(events, (event) => values[event]!),
      ...(time && { time: Float64Array.from(events, (event) => time[event]!) }),
    },
  });
}

function test(column: Column, sign: string, value: string): (row: number) => boolean {
  if (column.kind !== "numeric") return (row) => sign === "=" && wordsAt(column, row).includes(value);
  const bound = Number(value);
  const is: Readonly<Record<string, (x: number) => boolean>> = {
    "=": (x) => x === bound,
    "<": (x) => x < bound,
    "<=": (x) => x <= bound,
    ">": (x) => x > bound,
    ">=": (x) => x >= bound,
  };
  return (row) => is[sign]?.(column.values[row]!) ?? false;
}

function pickRows(column: Column, rows: readonly number[]): Column {
  if (column.kind === "vector") {
    const { values, width } = column;
    const picked = rows.flatMap((row) => Array.from(values.subarray(row * width, (row + 1) * width)));
    return { ...column, values: Float32Array.from(picked) };
  }
  if (column.kind === "numeric")
    return { kind: "numeric", values: Float64Array.from(rows, (row) => column.values[row]!) };
  return { kind: column.kind, values: rows.map((row) => column.values[row]) } as Column;
}

function wrong(dataset: Dataset, condition: string): ForetasteError {
  return new ForetasteError("CONFIG", {
    where: `${dataset.name}, where "${condition}"`,
    expected: "an attribute of items, a sign and a value, such as genre=Horror or year<1990",
    got: `attributes ${Object.keys(dataset.items.columns).join(", ") || "none"}`,
  });
}
