import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { chancesToKnow, type Familiarity, fitFamiliarity } from "./familiarity.ts";
import { fitPresence, type Presence } from "./presence.ts";

const counts = { users: 400, items: 21 };

/** Two circles of people, each with the items of its own, and a few of the other's; the last item has no events. */
function circles(keen: (u: number) => number = () => 0.5): { user: Int32Array; item: Int32Array } {
  const rng = createRng(4).split("circles");
  const pairs = Array.from({ length: counts.users * 20 }, (_, k) => [Math.floor(k / 20), k % 20] as const);
  const found = pairs.filter(([u, i]) => rng.next() < keen(u) * (u % 2 === i % 2 ? 1 : 0.2));
  return { user: Int32Array.from(found, ([u]) => u), item: Int32Array.from(found, ([, i]) => i) };
}

function learned(events: { user: Int32Array; item: Int32Array }): {
  familiarity: Familiarity;
  presence: Presence;
} {
  const all = { ...events, value: new Float32Array(events.user.length) };
  const presence = fitPresence(all, counts, { size: 2, rounds: 10, seed: 3 });
  return { familiarity: fitFamiliarity(all, counts, presence), presence };
}

const mean = (values: ArrayLike<number>, of: (i: number) => boolean): number => {
  const kept = Array.from(values).filter((_, i) => i < 20 && of(i));
  return kept.reduce((a, b) => a + b, 0) / kept.length;
};

test("of a stranger the share of people; an item without events is known by nobody", () => {
  const { familiarity, presence } = learned(circles());
  const chances = chancesToKnow(familiarity, presence, { known: [], unknown: [] });
  expect([...chances]).toEqual([...familiarity.share]);
  expect(chances[20]).toBe(0);
  expect(mean(chances, () => true)).toBeCloseTo(0.3, 1);
});

test("who knows items of a circle knows its others, and who does not know them does not", () => {
  const { familiarity, presence } = learned(circles());
  const even = (i: number): boolean => i % 2 === 0 && i > 4;
  const odd = (i: number): boolean => i % 2 === 1;
  const of = (known: number[], unknown: number[]): number[] => {
    const chances = chancesToKnow(familiarity, presence, { known, unknown });
    return [mean(chances, even), mean(chances, odd)];
  };
  const [knows, strange] = of([0, 2, 4], []);
  expect(knows).toBeGreaterThan(0.42);
  expect(strange).toBeLessThan(0.2);
  const [without, instead] = of([], [0, 2, 4]);
  expect(without).toBeLessThan(0.22);
  expect(instead).toBeGreaterThan(0.36);
});

test("the chances are true: of items told to be likely, as many are known", () => {
  const { familiarity, presence } = learned(circles());
  const fresh = createRng(9).split("fresh");
  const bins = Array.from({ length: 5 }, () => ({ n: 0, expected: 0, known: 0 }));
  for (let u = 0; u < 2000; u++) {
    const knows = Array.from({ length: 20 }, (_, i) => fresh.next() < 0.5 * (u % 2 === i % 2 ? 1 : 0.2));
    const told = [0, 1, 2, 3];
    const chances = chancesToKnow(familiarity, presence, {
      known: told.filter((i) => knows[i]),
      unknown: told.filter((i) => !knows[i]),
    });
    for (let i = 4; i < 20; i++) {
      const bin = bins[Math.min(4, Math.floor(chances[i]! * 10))]!;
      bin.n++;
      bin.expected += chances[i]!;
      bin.known += Number(knows[i]);
    }
  }
  for (const { n, expected, known } of bins.filter(({ n }) => n > 500))
    expect(Math.abs(expected - known) / n).toBeLessThan(0.06);
});

test("how keen people are differs: one answer says more of all kinds", () => {
  const differing = learned(circles((u) => (u % 4 < 2 ? 0.9 : 0.1)));
  const alike = learned(circles());
  const both = (of: typeof alike): number =>
    mean(chancesToKnow(of.familiarity, of.presence, { known: [0, 1], unknown: [] }), (i) => i > 1) /
    mean(of.familiarity.share, (i) => i > 1);
  expect(both(differing)).toBeGreaterThan(1.4);
  expect(both(alike)).toBeLessThan(1.25);
});

test("no events, and an item that everybody has, are no error", () => {
  const none = { user: new Int32Array(0), item: new Int32Array(0) };
  const few = { users: 3, items: 2 };
  const presence = fitPresence({ ...none, value: new Float32Array(0) }, few);
  const nobody = fitFamiliarity(none, few, presence);
  expect([...chancesToKnow(nobody, presence, { known: [0], unknown: [1] })]).toEqual([0, 0]);
  const all = { user: Int32Array.of(0, 1, 2, 0), item: Int32Array.of(0, 0, 0, 1) };
  const seen = fitPresence({ ...all, value: new Float32Array(4) }, few);
  const chances = chancesToKnow(fitFamiliarity(all, few, seen), seen, { known: [0], unknown: [] });
  expect([...chances].every((x) => x > 0 && x <= 1)).toBe(true);
});
