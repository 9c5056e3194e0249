import { sha256 } from "../../src/base/hash.ts";
import { createRng, type Rng } from "../../src/base/rng.ts";
import type { Column, Dataset, Interactions } from "../../src/data/dataset.ts";

export interface LinearTasteOptions {
  /** 300 unless told. */
  readonly users?: number;
  /** 80 unless told. */
  readonly items?: number;
  /** Width of a taste; 3 unless told. */
  readonly width?: number;
  /** Events a user; 20 unless told. */
  readonly events?: number;
  /** Standard deviation of the noise on a value; .3 unless told. */
  readonly noise?: number;
  readonly seed?: number;
}

/** A data set with what its maker knows. */
export interface LinearTasteWorld extends Dataset {
  /** Value without noise of user row `u` and item row `i`. */
  readonly expected: (u: number, i: number) => number;
  /** Standard deviation of the noise. */
  readonly noise: number;
  /** Value that every user and item shares. */
  readonly mean: number;
}

/**
 * value = 5 + bias_i + w_u . x_i + noise, with bias ~ N(0, .25), x ~ N(0, I) visible as the numeric item columns
 * `f0, f1, ...` and w ~ N(0, I / width): the world in which ridge regression on the columns is the exact posterior
 * mean. Values are not clipped; the scale is wide enough to hold them (-5 to 15, liked from 6).
 *
 * @example const world = linearTaste({ width: 2, seed: 5 }); world.expected(0, 3);
 */
export function linearTaste(options: LinearTasteOptions = {}): LinearTasteWorld {
  const { users = 300, items = 80, width = 3, events = 20, noise = 0.3, seed = 1 } = options;
  const rng = createRng(seed).split("linear taste");
  const features = matrix(items, width, 1, rng.split("items"));
  const tastes = matrix(users, width, Math.sqrt(1 / width), rng.split("users"));
  const biases = matrix(items, 1, 0.5, rng.split("biases"));
  const expected = (u: number, i: number): number =>
    5 + (biases[i]?.[0] ?? 0) + dot(tastes[u] ?? [], features[i] ?? []);
  return {
    name: "linear-taste",
    users: { ids: tastes.map((_, u) => `u${u}`), columns: {} },
    items: { ids: features.map((_, i) => `i${i}`), columns: columnsOf(features, width) },
    interactions: observe(users, items, {
      events,
      rng: rng.split("events"),
      value: (u, i, r) => expected(u, i) + noise * r,
    }),
    scale: { min: -5, max: 15, liked: 6 },
    synthetic: true,
    hash: sha256(JSON.stringify({ users, items, width, events, noise, seed })),
    expected,
    noise,
    mean: 5,
  };
}

interface Observation {
  readonly events: number;
  readonly rng: Rng;
  readonly value: (u: number, i: number, normal: number) => number;
}

/** Every user sees `events` distinct items, in an order of their own; one event an hour over the whole world. */
function observe(users: number, items: number, { events, rng, value }: Observation): Interactions {
  const all = Int32Array.from({ length: items }, (_, i) => i);
  const cells = Array.from({ length: users }, (_, u) =>
    rng.sample(all, events).map((i): [number, number] => [u, i]),
  );
  const observed = rng.shuffle(cells.flat());
  return {
    user: Int32Array.from(observed, ([u]) => u),
    item: Int32Array.from(observed, ([, i]) => i),
    value: Float32Array.from(observed, ([u, i]) => value(u, i, rng.normal())),
    time: Float64Array.from(observed, (_, row) => 1_500_000_000 + 3600 * row),
  };
}

function matrix(rows: number, width: number, deviation: number, rng: Rng): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: width }, () => deviation * rng.normal()));
}

function columnsOf(features: readonly (readonly number[])[], width: number): Record<string, Column> {
  const column = (f: number): Column => ({
    kind: "numeric",
    values: Float64Array.from(features, (x) => x[f] ?? 0),
  });
  return Object.fromEntries(Array.from({ length: width }, (_, f) => [`f${f}`, column(f)]));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
}
