import { sha256 } from "../../src/base/hash.ts";
import { createRng } from "../../src/base/rng.ts";
import type { Dataset, Interactions } from "../../src/data/dataset.ts";

export interface CheckerboardOptions {
  /** 60 unless told. */
  readonly users?: number;
  /** 40 unless told; the last one is never rated by anybody. */
  readonly items?: number;
  /** Share of the cells that were observed; .6 unless told. */
  readonly density?: number;
  /** Days between the first and the last event; 100 unless told. */
  readonly days?: number;
  readonly seed?: number;
}

/**
 * A world with a known answer (after the checkerboard of benfred/implicit's tests): user u likes item i (value 5) when
 * u + i is even and dislikes it (value 1) otherwise. Every item is liked by half of the users, so whoever ignores the
 * history cannot know better than chance. Only IDs tell the colour; the item table has one useless numeric column.
 *
 * @example const train = checkerboard({ seed: 3 });
 */
export function checkerboard(options: CheckerboardOptions = {}): Dataset {
  const { users = 60, items = 40, density = 0.6, days = 100, seed = 1 } = options;
  const rng = createRng(seed).split("checkerboard");
  const cells: [number, number][] = [];
  for (let user = 0; user < users; user++) {
    for (let item = 0; item < items - 1; item++) if (rng.next() < density) cells.push([user, item]);
  }
  const observed = rng.shuffle(cells);
  const user = Int32Array.from(observed, ([u]) => u);
  const item = Int32Array.from(observed, ([, i]) => i);
  const value = Float32Array.from(observed, ([u, i]) => checkerboardValue(u, i));
  const time = Float64Array.from(observed, (_, i) => 1_500_000_000 + (i * days * 86_400) / observed.length);
  const interactions: Interactions = { user, item, value, time };
  const noise = Float64Array.from({ length: items }, () => rng.normal());
  return {
    name: "checkerboard",
    users: { ids: ids("u", users), columns: {} },
    items: { ids: ids("i", items), columns: { noise: { kind: "numeric", values: noise } } },
    interactions,
    scale: { min: 1, max: 5, liked: 4 },
    synthetic: true,
    hash: sha256(JSON.stringify({ users, items, density, days, seed })),
  };
}

/** What user `u` thinks of item `i`. */
export function checkerboardValue(u: number, i: number): number {
  return (u + i) % 2 === 0 ? 5 : 1;
}

function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}
