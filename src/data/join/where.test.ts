import { expect, test } from "vitest";
import { createDataset, type Dataset } from "../dataset.ts";
import { whereItems } from "./where.ts";

const films: Dataset = createDataset({
  name: "films",
  users: { ids: ["u", "v"], columns: {} },
  items: {
    ids: ["a", "b", "c"],
    columns: {
      genre: { kind: "multi", values: [["Horror"], ["Drama", "Horror"], ["Drama"]] },
      year: { kind: "numeric", values: Float64Array.of(1980, 1990, Number.NaN) },
      like: { kind: "vector", width: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    },
  },
  interactions: {
    user: Int32Array.of(0, 1, 0, 1),
    item: Int32Array.of(0, 1, 2, 2),
    value: Float32Array.of(1, 2, 3, 4),
    time: Float64Array.of(10, 20, 30, 40),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});

test("items that meet a condition, with their events; users stay", () => {
  const horror = whereItems(films, "genre=Horror");
  expect(horror.items.ids).toEqual(["a", "b"]);
  expect(horror.users.ids).toEqual(["u", "v"]);
  expect(Array.from(horror.interactions.item)).toEqual([0, 1]);
  expect(Array.from(horror.interactions.time ?? [])).toEqual([10, 20]);
  const later = whereItems(films, "year >= 1990");
  expect(later.items.ids).toEqual(["b"]);
  expect(later.items.columns["like"]?.values).toEqual(Float32Array.of(3, 4));
});

test.each(["genre", "colour=red", "year<1900"])("%s is refused", (condition) => {
  expect(() => whereItems(films, condition)).toThrow(expect.objectContaining({ code: "CONFIG" }));
});
