import { expect, test } from "vitest";
import { type TinyEvent, tinyWorld } from "../../testing/worlds/tiny.ts";
import { emptyHistory } from "../data/query.ts";
import { fitCatalogue } from "./catalogue.ts";
import { contextWidth, eventAges, requestContext } from "./request.ts";
import { trendsAt, trendWidth } from "./trends.ts";

const DAY = 86_400;
const START = 1_500_000_000;
/** Values 1, 5, 3, 3: mean 3, deviation sqrt(2); nine days, so that requests lie in ten. Item 2 is cold. */
const events: TinyEvent[] = [
  [0, 0, 1, START],
  [1, 0, 5, START + DAY],
  [1, 1, 3, START + 2 * DAY],
  [2, 1, 3, START + 9 * DAY],
];
const catalogue = fitCatalogue(tinyWorld(events, { users: 3, items: 3 }), { minEvents: 2 });
const [shotClasses, scalars] = [5, 7];
const close = (values: readonly number[]): unknown[] => values.map((x) => expect.closeTo(x, 5));

test("three events, one of them on a cold item, by hand", () => {
  const history = {
    items: Int32Array.of(0, 2, 1),
    values: Float32Array.of(5, 3, 4),
    times: Float64Array.of(START + DAY, START + 2 * DAY, START + 3 * DAY),
  };
  const time = START + 5 * DAY;
  const context = requestContext(catalogue, { history, time });
  expect([...context.subarray(0, shotClasses)]).toEqual([0, 0, 1, 0, 0]);
  // z = sqrt(2), 0, sqrt(1/2): mean 1/sqrt(2), deviation sqrt(1/3)
  const expected = [Math.log(4) / 2, Math.SQRT1_2, Math.sqrt(1 / 3), 2 / 3, Math.log(5) / 3, 0, 2 / 3];
  expect([...context.subarray(shotClasses, shotClasses + scalars)]).toEqual(close(expected));
  const trends = trendsAt(catalogue.trends, Int32Array.of(0, 1), time);
  const mean = Array.from({ length: trendWidth }, (_, j) => (trends[j]! + trends[trendWidth + j]!) / 2);
  expect([...context.subarray(shotClasses + scalars)]).toEqual(close(mean));
  expect(mean.some((x) => Math.abs(x) > 0.1)).toBe(true);
});

test("a stranger: nothing but the class of no event and the time", () => {
  const at = (time?: number): Float32Array =>
    requestContext(catalogue, { history: emptyHistory, ...(time === undefined ? {} : { time }) });
  const expected = (position: number): number[] => {
    const out = new Array<number>(contextWidth).fill(0);
    [out[0], out[shotClasses + 5]] = [1, position];
    return out;
  };
  expect([...at(START)]).toEqual(expected(-1));
  expect([...at(START + 5 * DAY)]).toEqual(close(expected(0)));
  expect([...at(START + 99 * DAY)]).toEqual(close(expected(1)));
  expect([...at()]).toEqual(close(expected(1)));
});

test.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [6, 3],
  [7, 4],
  [90, 4],
])("%s events are of class %s", (shots, wanted) => {
  const history = { items: new Int32Array(shots), values: new Float32Array(shots).fill(3) };
  const classes = [...requestContext(catalogue, { history }).subarray(0, shotClasses)];
  expect(classes).toEqual([0, 1, 2, 3, 4].map((c) => Number(c === wanted)));
});

test("only cold items in the history: no popularity of theirs, all numbers finite", () => {
  const history = { items: Int32Array.of(2, 2), values: Float32Array.of(1, 5) };
  const context = requestContext(catalogue, { history });
  expect(context.every(Number.isFinite)).toBe(true);
  expect(context[shotClasses + 6]).toBe(0);
  expect([...context.subarray(shotClasses + scalars)]).toEqual(new Array(trendWidth).fill(0));
});

test("ages in days before the request, or before the last event when it has no time", () => {
  const history = {
    items: Int32Array.of(0, 1),
    values: Float32Array.of(3, 3),
    times: Float64Array.of(START, START + 2 * DAY),
  };
  expect([...eventAges({ history, time: START + 3 * DAY })]).toEqual([3, 1]);
  expect([...eventAges({ history })]).toEqual([2, 0]);
  expect([...eventAges({ history, time: START - DAY })]).toEqual([0, 0]);
  expect([...eventAges({ history: { items: history.items, values: history.values } })]).toEqual([0, 0]);
});
