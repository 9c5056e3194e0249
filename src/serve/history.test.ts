import { expect, test } from "vitest";
import type { StoredEvent } from "../store/store.ts";
import { toHistory } from "./history.ts";

const scale = { min: 0, max: 10, liked: 8 };
function event(item: string, type: string, time: number, value?: number): StoredEvent {
  return { id: `${item}${time}`, user: "ann", item, type, time, ...(value === undefined ? {} : { value }) };
}

test("types without a value stand for a place on the scale, unknown ones for none", () => {
  const events = [
    event("a", "like", 1),
    event("b", "dislike", 2),
    event("c", "view", 3),
    event("d", "rate", 4, 6.5),
    event("e", "constructor", 5),
    event("f", "like", 6, 8),
  ];
  expect(toHistory(events, scale)).toEqual([
    { item: "a", value: 9, time: 1 },
    { item: "b", value: 0, time: 2 },
    { item: "c", time: 3 },
    { item: "d", value: 6.5, time: 4 },
    { item: "e", time: 5 },
    { item: "f", value: 8, time: 6 },
  ]);
});

test("the last opinion on an item counts and moves it to its time; a later view does not hide it", () => {
  const events = [
    event("a", "rate", 1, 2),
    event("b", "rate", 2, 7),
    event("a", "rate", 3, 9),
    event("b", "view", 4),
  ];
  expect(toHistory(events, scale)).toEqual([
    { item: "b", value: 7, time: 2 },
    { item: "a", value: 9, time: 3 },
  ]);
});
