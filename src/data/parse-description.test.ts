import { expect, test } from "vitest";
import { knownData } from "./known/known.ts";
import { parseDescription } from "./parse-description.ts";

const good = {
  name: "mine",
  events: { file: "events.csv", format: "csv", user: "who", item: "what" },
  scale: { min: 0, max: 1, liked: 1 },
};
const items = { file: "items.csv", format: "csv", id: "id", features: {} };

const wrong = (change: object): string => {
  try {
    parseDescription({ ...good, ...change }, "mine.toml");
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};

test("a good description comes back as it is, and so do the known ones", () => {
  expect(parseDescription(good, "mine.toml")).toBe(good);
  for (const { description } of Object.values(knownData)) {
    expect(parseDescription(description, description.name)).toBe(description);
  }
});

test("an unknown key is named with its path and the nearest right one", () => {
  const message = wrong({ events: { ...good.events, usr: "x" } });
  expect(message).toContain("mine.toml: events.usr");
  expect(message).toContain('"user"');
});

test("missing and mistyped keys are named with their path", () => {
  expect(wrong({ scale: { min: 0, max: 1 } })).toContain("mine.toml: scale.liked: expected a number");
  expect(wrong({ events: { ...good.events, format: "xls" } })).toMatch(
    /events\.format.*"parquet".*got "xls"/,
  );
  expect(wrong({ items: { ...items, features: { g: { column: "g", kind: "list" } } } })).toContain(
    "items.features.g.kind",
  );
});

test("what a schema cannot say is checked too", () => {
  expect(wrong({ scale: { min: 1, max: 5, liked: 6 } })).toContain("expected min <= liked <= max");
  expect(wrong({ events: { ...good.events, columns: ["who", "whet"] } })).toMatch(
    /events\.columns: expected the column "what" that is used.*Did you mean "whet"\?/,
  );
  const feature = (g: object) => wrong({ items: { ...items, features: { g: { column: "g", ...g } } } });
  expect(feature({ kind: "text", strip: "(" })).toContain("items.features.g.strip: expected a regular expr");
  expect(feature({ kind: "text", separator: "|" })).toContain("items.features.g.separator: expected no sep");
  expect(feature({ kind: "text", width: 3 })).toMatch(
    /items\.features\.g\.width: expected no width.*"vector"/,
  );
});
