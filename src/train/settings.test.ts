import { expect, test } from "vitest";
import { checkSettings, flattenSettings, nestSettings, parseSetting } from "./settings.ts";

const defaults = { epochs: 5, order: 2, itemIds: true, loss: "squared", "ratings.epochs": 12 };

test("nested tables and dotted names are the same settings", () => {
  const tree = { epochs: 5, ratings: { epochs: 12, deep: { size: 3 } }, hidden: [64, 32] };
  const flat = flattenSettings(tree);
  expect(flat).toEqual({ epochs: 5, "ratings.epochs": 12, "ratings.deep.size": 3, hidden: "64,32" });
  expect(nestSettings(flat)).toEqual({ ...tree, hidden: "64,32" });
});

test("text becomes the type of the default", () => {
  const parsed = (name: string, text: string) => parseSetting("maml", name, text, defaults);
  expect(parsed("epochs", "1e2")).toBe(100);
  expect(parsed("itemIds", "false")).toBe(false);
  expect(parsed("loss", "5")).toBe("5");
  expect(() => parsed("epochs", "many")).toThrow('maml.epochs: expected a number, such as 5, got "many"');
  expect(() => parsed("epochs", "")).toThrow("expected a number");
  expect(() => parsed("itemIds", "1")).toThrow("expected true or false");
});

test("unknown names and other types are refused, with the nearest name", () => {
  expect(checkSettings("maml", { epochs: 3, "ratings.epochs": 2 }, defaults)).toEqual({
    epochs: 3,
    "ratings.epochs": 2,
  });
  expect(() => checkSettings("maml", { epoch: 3 }, defaults)).toThrow('Did you mean "epochs"?');
  expect(() => checkSettings("maml", { toString: 3 }, defaults)).toThrow("maml.toString: expected one of");
  expect(() => checkSettings("maml", { epochs: "3" }, defaults)).toThrow('a number, such as 5, got "3"');
  expect(() => checkSettings("maml", { epochs: Number.NaN }, defaults)).toThrow("maml.epochs");
  expect(() => checkSettings("popularity", { a: 1 }, {})).toThrow("expected no settings");
});
