import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { checkerboard, checkerboardValue } from "../../../testing/worlds/checkerboard.ts";
import { type MeluData, type MeluTask, readMelu } from "../../data/read/melu.ts";
import { withTraining } from "../../data/splits/training.ts";
import { melu } from "./melu.ts";
import type { Case } from "./protocol.ts";

const world = checkerboard({ users: 12, items: 120 });

function task(user: number, ratings: number): MeluTask {
  const items = Int32Array.from({ length: ratings }, (_, i) => i);
  return { user, items, values: Float32Array.from(items, (item) => checkerboardValue(user, item)) };
}

const data: MeluData = {
  dataset: withTraining(world, world.interactions),
  states: {
    warm: [],
    "cold-user": [12, 13, 40, 100, 101].map((n, user) => task(user, n)),
    "cold-item": [],
    "both-cold": [],
  },
};

const protocol = melu(data, { seed: 1, draws: 2, shots: [0, 3, 20, "all"], states: ["cold-user"] });

function casesAt(shots: number | "all", draw = 0): readonly Case[] {
  return protocol.groups.find((group) => group.shots === shots && group.draw === draw)?.cases ?? [];
}

test("tasks have 13 to 100 ratings, ten of them the query, the rest the support", () => {
  expect(casesAt("all").map(({ id }) => id)).toEqual(["u1", "u2", "u3"]);
  for (const { query, candidates, truth } of casesAt("all")) {
    expect(truth.items).toHaveLength(10);
    expect(candidates).toEqual(truth.items);
    const all = [...truth.items, ...query.history.items].sort((a, b) => a - b);
    expect(all).toEqual([...all.keys()]);
  }
  expect(casesAt("all").map(({ query }) => query.history.items.length)).toEqual([3, 30, 90]);
});

test("values go with their items and the user is unknown", () => {
  for (const { id, query, truth } of casesAt("all")) {
    const user = world.users.ids.indexOf(id);
    for (const { items, values } of [truth, query.history]) {
      expect([...values]).toEqual(Array.from(items, (item) => checkerboardValue(user, item)));
    }
    expect(query.user).toBeUndefined();
  }
});

test("k shots are the beginning of the same support, with the same query", () => {
  casesAt("all").forEach((full, at) => {
    for (const k of [0, 3, 20]) {
      const cut = casesAt(k)[at];
      expect(cut?.truth).toEqual(full.truth);
      expect(cut?.query.history.items).toEqual(full.query.history.items.slice(0, k));
    }
  });
});

test("draws and seeds change the query, the same seed does not", () => {
  const queries = (cases: readonly Case[]) => cases.map(({ truth }) => [...truth.items]);
  expect(queries(casesAt("all", 1))).not.toEqual(queries(casesAt("all", 0)));
  const same = melu(data, { seed: 1, draws: 1, states: ["cold-user"] });
  expect(queries(same.groups[0]?.cases ?? [])).toEqual(queries(casesAt("all")));
  const other = melu(data, { seed: 2, draws: 1, states: ["cold-user"] });
  expect(queries(other.groups[0]?.cases ?? [])).not.toEqual(queries(casesAt("all")));
});

const folder = "../shared/data/ml-1m";
test.skipIf(!existsSync(folder))(
  "MovieLens-1M has the published numbers of tasks (needs ../shared/data)",
  async () => {
    const states = await readMelu(folder);
    const { groups } = melu(states, { seed: 1, draws: 1 });
    expect(groups.map(({ state, cases }) => [state, cases.length])).toEqual([
      ["cold-user", 668],
      ["cold-item", 2863],
      ["both-cold", 723],
    ]);
    const long = melu(states, { seed: 1, draws: 1, window: "long" }).groups;
    expect(long.map(({ cases }) => cases.length)).toEqual([448, 223, 51]);
  },
);
