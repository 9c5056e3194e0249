import { describe, expect, test } from "vitest";
import { relativeError } from "../../testing/spd.ts";
import { type TinyEvent, tinyWorld } from "../../testing/worlds/tiny.ts";
import { createRng } from "../base/rng.ts";
import {
  fitTrends,
  freezeTrends,
  type Trends,
  trendGrid,
  trendsAt,
  trendTime,
  trendWidth,
} from "./trends.ts";

const DAY = 86_400;
const YEAR = 365.25 * DAY;
const START = 1_500_000_000;
const HALF_LIVES = [1, 3, 7, 14, 30, 90];
const TIMED = 19;

const rng = createRng(5).split("trends");
/** 60 events on items 0, 1, 3 and 4 within forty days; item 2 has none, item 4 a single one. */
const events: TinyEvent[] = Array.from({ length: 60 }, (_, e): TinyEvent => {
  const time = START + (e === 0 ? 0 : Math.floor(rng.next() * 40 * DAY));
  return [e % 9, e === 30 ? 4 : [0, 1, 3][rng.int(3)]!, 1 + rng.int(5), time];
});
const years = Float64Array.of(2016, 2017, 2018, 1990, Number.NaN);
const options = { users: 9, items: 5, itemColumns: { year: { kind: "numeric", values: years } } } as const;
const all = Int32Array.of(0, 1, 2, 3, 4);

/** Numbers as they are before they are standardised. */
const raw = (trends: Trends): Trends => ({
  ...trends,
  standard: Float32Array.from({ length: 2 * trendWidth }, (_, j) => Number(j >= trendWidth)),
});
const fitRaw = (world: readonly TinyEvent[]): Trends => raw(fitTrends(tinyWorld(world, options)));
const rowOf = (numbers: Float32Array, row: number): Float32Array =>
  numbers.subarray(row * trendWidth, (row + 1) * trendWidth);

/** The first 19 numbers by their definition, in float64. */
function directly(world: readonly TinyEvent[], item: number, at: number): number[] {
  const mine = world.filter(([, i, , time]) => i === item && time! < at);
  const liked = mine.filter(([, , value]) => value >= 4);
  const decayed = (list: readonly TinyEvent[], halfLife: number): number =>
    Math.log1p(list.reduce((sum, [, , , time]) => sum + 0.5 ** ((at - time!) / DAY / halfLife), 0));
  const age = (at - (years[item]! - 1970) * YEAR) / YEAR;
  return [
    ...HALF_LIVES.map((halfLife) => decayed(liked, halfLife)),
    ...HALF_LIVES.map((halfLife) => decayed(mine, halfLife)),
    Math.log1p(liked.length),
    Math.log1p(mine.length),
    (liked.length + 2) / (mine.length + 4),
    ...(Number.isNaN(age)
      ? [0, 0, 0, 0]
      : [Math.log1p(Math.max(0, age)), Number(age < 1), Number(age < 0), Number(age >= 1 && age < 2)]),
  ];
}

describe("decayed counts", () => {
  const trends = fitRaw(events);
  test.each([0, 1, 5, 17, 30, 40])("on day %s they are the direct sums over earlier events", (day) => {
    const at = START + day * DAY;
    const numbers = trendsAt(trends, all, at);
    for (const item of all) {
      const timed = [...rowOf(numbers, item).subarray(0, TIMED)];
      expect(relativeError(timed, directly(events, item, at))).toBeLessThan(1e-5);
    }
  });

  test("by hand: a like two days ago, a dislike one day ago, half-life one day", () => {
    const world: TinyEvent[] = [
      [0, 0, 5, START],
      [1, 0, 1, START + DAY],
    ];
    const [numbers] = [trendsAt(fitRaw(world), Int32Array.of(0), START + 2 * DAY)];
    expect(numbers[0]).toBeCloseTo(Math.log(1 + 1 / 4), 6);
    expect(numbers[6]).toBeCloseTo(Math.log(1 + 1 / 4 + 1 / 2), 6);
    expect([numbers[12], numbers[13], numbers[14]]).toEqual(
      [Math.log(2), Math.log(3), 3 / 6].map(Math.fround),
    );
    // 2017-07-14 is about a year and a half after the start of 2016
    expect([numbers[15], numbers[16], numbers[17], numbers[18]]).toEqual([expect.closeTo(0.933, 2), 0, 0, 1]);
  });
});

describe("a request sees only what was before it", () => {
  const world: TinyEvent[] = [
    [0, 0, 5, START],
    [1, 0, 5, START + trendGrid],
    [2, 0, 5, START + 2 * trendGrid - 1],
  ];
  const trends = fitRaw(world);
  const seen = (time: number): number =>
    Math.round(Math.expm1(trendsAt(trends, Int32Array.of(0), time)[13]!));

  test("events at its grid point do not count, nor do those between the grid point and it", () => {
    expect(seen(START)).toBe(0);
    expect(seen(START + 1)).toBe(0);
    expect(seen(START + trendGrid)).toBe(1);
    expect(seen(START + 2 * trendGrid - 1)).toBe(1);
    expect(seen(START + 2 * trendGrid)).toBe(3);
  });

  test("requests before training see its start, those after it a day after its end", () => {
    expect(trendTime(trends, START - 9 * DAY)).toBe(START);
    expect(trendTime(trends, START + 999 * DAY)).toBe(START + DAY + trendGrid);
    expect(trendTime(trends, undefined)).toBe(START + DAY + trendGrid);
  });

  test.each([3, 12.3, 25])("whatever happens from day %s on leaves the numbers of that day alone", (day) => {
    const at = START + day * DAY;
    const future = events.flatMap(([user, item, value, time]): TinyEvent[] =>
      time! < at
        ? [[user, item, value, time!]]
        : [
            [user, 2, 6 - value, time!],
            [user, item, 5, time! + 99],
          ],
    );
    const before = trendsAt(fitRaw(events), all, at);
    const after = trendsAt(fitRaw(future), all, at);
    expect(future.length).toBeGreaterThan(events.length);
    for (const item of all)
      expect(rowOf(after, item).subarray(0, TIMED)).toEqual(rowOf(before, item).subarray(0, TIMED));
  });
});

test("totals without a person's own events are those of the world without that person", () => {
  const mine = events.filter(([user]) => user === 3);
  const history = {
    items: Int32Array.from(mine, ([, item]) => item),
    values: Float32Array.from(mine, ([, , value]) => value),
  };
  const others = fitRaw(events.filter(([user]) => user !== 3));
  const without = trendsAt(fitRaw(events), all, START, { history, liked: 4 });
  const expected = trendsAt(others, all, START);
  expect(mine.filter(([, , value]) => value >= 4).length).toBeGreaterThan(1);
  for (const item of all)
    expect(rowOf(without, item).subarray(TIMED)).toEqual(rowOf(expected, item).subarray(TIMED));
  expect(without).not.toEqual(trendsAt(fitRaw(events), all, START));
});

test("totals by hand: two likes of three events, and an item without any", () => {
  const world: TinyEvent[] = [4, 5, 2].map((value, user) => [user, 0, value, START + user]);
  const numbers = trendsAt(fitRaw(world), all, START);
  expect([...rowOf(numbers, 0).subarray(TIMED)]).toEqual(
    [Math.log(2.5), Math.log(3.5), 4 / 7].map(Math.fround),
  );
  expect([...rowOf(numbers, 2).subarray(TIMED)]).toEqual(
    [Math.log(0.5), Math.log(0.5), 0.5].map(Math.fround),
  );
});

describe("frozen", () => {
  test("the numbers are those of a day after training, whenever the request is made", () => {
    const trends = fitTrends(tinyWorld(events, options));
    const frozen = freezeTrends(trends);
    const end = trendsAt(trends, all, undefined);
    for (const time of [undefined, START - DAY, START + 3 * DAY, START + 99 * DAY])
      expect(trendsAt(frozen, all, time)).toEqual(end);
    expect(end).not.toEqual(trendsAt(trends, all, START + 3 * DAY));
  });

  test("one event an item is kept, none of an item that has none", () => {
    const frozen = freezeTrends(fitTrends(tinyWorld(events, options)));
    expect([...frozen.offsets]).toEqual([0, 1, 2, 2, 3, 4]);
    expect([frozen.times.length, frozen.sums.length, frozen.counts.length]).toEqual([4, 4 * 12, 8]);
  });
});

test("without times only the totals speak, frozen or not", () => {
  const world = tinyWorld(
    events.map(([user, item, value]): TinyEvent => [user, item, value]),
    options,
  );
  const trends = fitTrends(world);
  for (const at of [undefined, START]) {
    const numbers = trendsAt(raw(trends), all, at);
    for (const item of all)
      expect([...rowOf(numbers, item).subarray(0, TIMED)]).toEqual(new Array(TIMED).fill(0));
    for (const item of all)
      expect(rowOf(numbers, item).subarray(TIMED)).toEqual(
        rowOf(trendsAt(fitRaw(events), all, START), item).subarray(TIMED),
      );
    expect(trendsAt(trends, all, at).every(Number.isFinite)).toBe(true);
  }
  expect(trendsAt(freezeTrends(trends), all, START)).toEqual(trendsAt(trends, all, START));
});

describe("standardisation", () => {
  test("over the catalogue and the time of training, numbers have mean 0 and deviation 1", () => {
    const trends = fitTrends(tinyWorld(events, options));
    const [start, end] = trends.span;
    const points = Array.from({ length: 64 }, (_, i) => start + (i / 63) * (end - start));
    const rows = points.flatMap((point) => [...all].map((i) => [...rowOf(trendsAt(trends, all, point), i)]));
    const spreads = Array.from({ length: trendWidth }, (_, j) => {
      const mean = rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length;
      return [mean, Math.sqrt(rows.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / rows.length)];
    });
    for (const [mean] of spreads) expect(mean).toBeCloseTo(0, 3);
    // a thousandth is added to each deviation, so that a constant number stays finite
    for (const [, deviation] of spreads) expect(deviation).toBeGreaterThan(0.98);
    for (const [, deviation] of spreads) expect(deviation).toBeLessThan(1);
  });

  test("items outside the catalogue have no part in it", () => {
    const catalogue = Int32Array.of(0, 1);
    const inside = events.filter(([, item]) => item < 2);
    const first: TinyEvent = [0, 0, 3, START];
    const last: TinyEvent = [0, 0, 3, START + 41 * DAY];
    const [one, two] = [
      [first, ...inside, last],
      [first, ...events, last],
    ].map((world) => fitTrends(tinyWorld(world, options), { catalogue }));
    expect(two!.standard).toEqual(one!.standard);
    expect(fitTrends(tinyWorld([first, ...events, last], options)).standard).not.toEqual(one!.standard);
  });
});
