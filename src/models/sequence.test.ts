import { expect, test } from "vitest";
import {
  fullSpec,
  numbersAt,
  type PlainEvent,
  type PlainRow,
  plainDot,
  plainEvents,
  plainLayer,
  plainRelu,
  plainRows,
  scoresOf,
  sideBySide,
  type Trial,
  trialParams,
} from "../../testing/networks.ts";
import { createRng } from "../base/rng.ts";
import { sequence } from "./sequence.ts";

const rng = createRng(8);
const rows = plainRows(fullSpec, 3, rng);
const support = plainEvents(fullSpec, 4, rng);
const trial: Trial = { model: sequence, spec: fullSpec, rows, support };
const params = trialParams(trial);
const width = 4;
const plus = (x: readonly number[], y: readonly number[]): number[] => x.map((value, i) => value + y[i]!);

function norm(path: string, x: readonly number[]): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const spread = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length + 1e-5);
  const [scale, bias] = [numbersAt(params, `${path}.scale`), numbersAt(params, `${path}.bias`)];
  return x.map((value, i) => ((value - mean) / spread) * scale[i]! + bias[i]!);
}

/** The transformer, position by position. The first is nobody's, the others are events that all count. */
function states(events: readonly PlainEvent[]): number[][] {
  const ages = numbersAt(params, "ages");
  const read = events.map(({ row, value }, j) => {
    const age = Math.min(31, events.length - 1 - j);
    const valued = plainLayer(params, "valued", sideBySide(row)).map((x) => x * value);
    const own = plus(plainLayer(params, "event", sideBySide(row)), valued);
    return plus(own, ages.slice(age * width, (age + 1) * width));
  });
  let at = [numbersAt(params, "nobody"), ...read];
  for (const block of ["blocks.0", "blocks.1"]) {
    const seen = at.map((x) => norm(`${block}.attentionNorm`, x));
    const map = (name: string): number[][] => seen.map((x) => plainLayer(params, `${block}.${name}`, x));
    const [queries, keys, values] = [map("queries"), map("keys"), map("values")] as [
      number[][],
      number[][],
      number[][],
    ];
    at = at.map((x, i) => {
      const weights = keys
        .slice(0, i + 1)
        .map((key) => Math.exp(plainDot(queries[i]!, key) / Math.sqrt(width)));
      const total = weights.reduce((a, b) => a + b, 0);
      const attended = weights.reduce(
        (sum, w, j) =>
          plus(
            sum,
            values[j]!.map((v) => (v * w) / total),
          ),
        x,
      );
      const inner = plainRelu(plainLayer(params, `${block}.feed`, norm(`${block}.feedNorm`, attended)));
      return plus(attended, plainLayer(params, `${block}.back`, inner));
    });
  }
  return at.map((x) => norm("norm", x));
}

function match(state: readonly number[], row: PlainRow): number {
  const pair = plainLayer(params, "match", plainRelu(plainLayer(params, "layers.0", sideBySide(row))));
  return plainDot(state, pair) / Math.sqrt(width) + plainLayer(params, "level", sideBySide(row))[0]!;
}

test("pairs are matched with the state after the last event", () => {
  const state = states(support).at(-1)!;
  scoresOf(trial).forEach((score, i) => expect(score).toBeCloseTo(match(state, rows[i]!), 10));
});

test("without an event the state is the learned one, through the same layers", () => {
  const state = states([]).at(-1)!;
  const scores = scoresOf({ ...trial, support: [] });
  scores.forEach((score, i) => expect(score).toBeCloseTo(match(state, rows[i]!), 10));
});

test("the support's own events are matched with the state before each", () => {
  const before = states(support);
  const scores = scoresOf({ ...trial, own: true });
  scores.forEach((score, j) => expect(score).toBeCloseTo(match(before[j]!, support[j]!.row), 10));
});

test("an own event's value tells nothing about its own score nor those before it", () => {
  const moved = support.map((event, j) => (j === 2 ? { ...event, value: event.value + 5 } : event));
  const [a, b] = [scoresOf({ ...trial, own: true }), scoresOf({ ...trial, own: true, support: moved })];
  expect(b.slice(0, 3)).toEqual(a.slice(0, 3));
  expect(b[3]).not.toBeCloseTo(a[3]!, 6);
});

test("padding in the middle is no event, and does not age those before it", () => {
  const [first, ...others] = support as [PlainEvent, ...PlainEvent[]];
  const hole = { ...plainEvents(fullSpec, 1, createRng(9))[0]!, mask: 0 };
  const scores = scoresOf({ ...trial, support: [first, hole, ...others] });
  scoresOf(trial).forEach((score, i) => expect(scores[i]).toBeCloseTo(score, 12));
});

test("beyond the oldest age that has an embedding, all are equally old", () => {
  const long = plainEvents(fullSpec, 36, createRng(10));
  const state = states(long).at(-1)!;
  const scores = scoresOf({ ...trial, support: long });
  scores.forEach((score, i) => expect(score).toBeCloseTo(match(state, rows[i]!), 9));
});
