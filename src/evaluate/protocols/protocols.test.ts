import { expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import type { MeluData } from "../../data/read/melu.ts";
import { withTraining } from "../../data/splits/training.ts";
import { anyMetricNamed } from "../metrics/named.ts";
import type { Protocol } from "./protocol.ts";
import { type ProtocolData, protocolNamed, protocols } from "./protocols.ts";

const world = checkerboard({ users: 80, items: 60, density: 0.5, seed: 3 });
const everything = withTraining(world, world.interactions);
const items = Int32Array.from({ length: 30 }, (_, i) => i);
const tasks = [{ user: 0, items, values: new Float32Array(30).fill(5) }];
const states: MeluData = {
  dataset: everything,
  states: { warm: [], "cold-user": tasks, "cold-item": tasks, "both-cold": tasks },
};
const domains = {
  dataset: everything,
  source: "a",
  target: "b",
  targetItems: items,
  people: Array.from({ length: 40 }, (_, user) => ({ user, items: Int32Array.of(1) })),
};
const data: Readonly<Record<ProtocolData["kind"], ProtocolData>> = {
  events: { kind: "events", dataset: world },
  "four states": { kind: "four states", states, inner: () => states },
  "two domains": { kind: "two domains", domains },
};

for (const row of protocols) {
  test(`${row.name}: every part can be asked, its metrics exist, and another kind of data is refused`, () => {
    const open = row.open(data[row.data], { seed: 1 });
    for (const name of row.metrics) expect(anyMetricNamed(name, everything).name).toBe(name);
    const parts = Array.from({ length: open.parts }, (_, i) => open.part(i));
    expect(parts.length).toBeGreaterThan(0);
    for (const { groups, candidates } of parts) {
      expect(candidates === "query set" ? "query set" : "full").toBe(row.purpose);
      expect(groups.length).toBeGreaterThan(0);
    }
    const draws = new Set(parts.flatMap(({ groups }) => groups.map(({ draw }) => draw)));
    expect(draws.size).toBe(row.name === "last-come-users" ? 1 : row.draws);
    expect(protocolNamed(row.name)).toBe(row);
    const other = data[row.data === "events" ? "four states" : "events"];
    expect(() => row.open(other, { seed: 1 }).part(0)).toThrow(/expected data of/);
  });
}

const events = protocols.filter((row) => row.data === "events" && row.name !== "top-n");

for (const row of events) {
  test(`${row.name}: what is tuned on is no case of the test, and training of the one holds no case of the other`, () => {
    const open = row.open(data.events, { seed: 1 });
    const [part, inner] = [open.part(0), open.inner(0)];
    const own = pairsOf(inner);
    expect(own.size).toBeGreaterThan(0);
    const trained = trainingPairs(part);
    for (const pair of own) expect(trained.has(pair), pair).toBe(true);
    for (const pair of pairsOf(part)) expect(trained.has(pair), pair).toBe(false);
    const left = trainingPairs(inner);
    for (const pair of own) expect(left.has(pair), pair).toBe(false);
  });
}

test("draws of a split are different splits, folds share nobody", () => {
  for (const { name, open } of events.filter((row) => row.name !== "last-come-users")) {
    const opened = open(data.events, { seed: 1 });
    const [a, b] = [opened.part(0), opened.part(1)];
    expect(a.train.hash, name).not.toBe(b.train.hash);
    if (!name.startsWith("cross-validation")) continue;
    const ids = (of: Protocol) => of.groups[0]?.cases.map(({ id }) => id) ?? [];
    expect(ids(a).filter((id) => ids(b).includes(id))).toEqual([]);
  }
});

test("shots can be told; all of somebody's events is no beginning of them", () => {
  const open = (shots: readonly (number | "all")[]) =>
    protocolNamed("cold-users").open(data.events, { seed: 1, draws: 1, shots });
  expect(
    open([2, 4])
      .part(0)
      .groups.map(({ shots }) => shots),
  ).toEqual([2, 4]);
  expect(() => open(["all"])).toThrow(/shots: expected numbers/);
  expect(() => protocolNamed("nonsense")).toThrow(/one of melu, melu-curve/);
});

test("melu asks people of 110 ratings and more as a state of their own, and nobody else in it", () => {
  const many = (n: number) => ({
    user: n % 80,
    items: Int32Array.from({ length: n }, (_, i) => i),
    values: new Float32Array(n),
  });
  const cold = [13, 100, 109, 110, 500].map(many);
  const long: MeluData = { ...states, states: { ...states.states, "cold-user": cold } };
  const part = protocolNamed("melu")
    .open({ kind: "four states", states: long, inner: () => long }, { seed: 1, draws: 1 })
    .part(0);
  const asked = (state: string): number[] =>
    part.groups
      .filter((group) => group.state === state && group.shots === "all")
      .flatMap(({ cases }) => cases.map(({ query }) => query.history.items.length));
  expect(asked("cold-user-long")).toEqual([100, 490]);
  expect(asked("cold-user")).toEqual([3, 90]);
});

function pairsOf({ groups }: Protocol): Set<string> {
  const cases = groups.flatMap((group) => group.cases);
  return new Set(cases.flatMap(({ id, truth }) => Array.from(truth.items, (item) => `${id}/${item}`)));
}

function trainingPairs({ train }: Protocol): Set<string> {
  const { user, item } = train.interactions;
  return new Set(Array.from(user, (row, at) => `${train.users.ids[row]}/${item[at]}`));
}
