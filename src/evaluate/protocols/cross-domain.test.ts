import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { tinyWorld } from "../../../testing/worlds/tiny.ts";
import { type CrossDomainData, readCrossDomain } from "../../data/read/cross-domain.ts";
import { withTraining } from "../../data/splits/training.ts";
import { crossDomain } from "./cross-domain.ts";
import type { Protocol } from "./protocol.ts";

/** Items 0 to 9 are the source, 10 to 1219 the target; everybody used source items only, and was seen with two others. */
const users = 100;
const world = tinyWorld(
  Array.from({ length: users }, (_, u) => [u, u % 10, 1] as const),
  { users, items: 1220, scale: { min: 0, max: 1, liked: 1 } },
);
const data: CrossDomainData = {
  dataset: withTraining(world, world.interactions),
  source: "books",
  target: "films",
  targetItems: Int32Array.from({ length: 1210 }, (_, i) => 10 + i),
  people: Array.from({ length: users }, (_, user) => ({ user, items: Int32Array.of(10 + user, 200 + user) })),
};
const casesOf = ({ groups }: Protocol) => groups[0]?.cases ?? [];

test("who is tuned on is never judged, whatever the seed", () => {
  const ids = (seed: number, part: "test" | "valid") =>
    casesOf(crossDomain(data, { seed, part })).map(({ id }) => id);
  expect([...ids(1, "test"), ...ids(1, "valid")].sort()).toEqual([...world.users.ids].sort());
  expect(ids(2, "test")).toEqual(ids(1, "test"));
  expect(ids(1, "valid").length).toBeGreaterThan(15);
  expect(ids(1, "valid").length).toBeLessThan(45);
});

test("known is the source, asked is all of the target", () => {
  const protocol = crossDomain(data, { seed: 1 });
  expect([protocol.groups[0]?.state, protocol.candidates]).toEqual(["books-to-films", "full"]);
  for (const { query, truth, candidates } of casesOf(protocol)) {
    const user = query.user ?? -1;
    expect([...query.history.items]).toEqual([user % 10]);
    expect([...truth.items]).toEqual([10 + user, 200 + user]);
    expect(candidates).toEqual(data.targetItems);
  }
});

test("sampled: each true item among 999 others of the target that the person did not use", () => {
  const protocol = crossDomain(data, { seed: 1, candidates: "sampled(999)", draws: 2 });
  const full = casesOf(crossDomain(data, { seed: 1 }));
  expect(protocol.groups.map(({ cases }) => cases.length)).toEqual([2 * full.length, 2 * full.length]);
  for (const { query, truth, candidates } of casesOf(protocol)) {
    const used = [10 + (query.user ?? -1), 200 + (query.user ?? -1)];
    expect(candidates).toHaveLength(1000);
    expect(new Set(candidates).size).toBe(1000);
    expect(Math.min(...candidates)).toBeGreaterThanOrEqual(10);
    expect([...candidates].filter((item) => used.includes(item))).toEqual([...truth.items]);
  }
  const [first, second] = protocol.groups.map(({ cases }) => cases[0]?.candidates);
  expect(first).not.toEqual(second);
});

const folder = "../shared/data/amazon-cross-domain";
test.skipIf(!existsSync(folder))(
  "Amazon: cold people have a history in the source and none in the target (needs ../shared/data)",
  async () => {
    for (const [target, people] of [
      ["game", 226],
      ["video", 217],
    ] as const) {
      const amazon = await readCrossDomain(folder, { target });
      expect(amazon.people).toHaveLength(people);
      const test_ = crossDomain(amazon, { seed: 1 });
      const valid = crossDomain(amazon, { seed: 1, part: "valid" });
      expect(casesOf(test_).length + casesOf(valid).length).toBe(people);
      const { ids, columns } = amazon.dataset.items;
      const { user, item } = amazon.dataset.interactions;
      const cold = new Set(amazon.people.map((one) => one.user));
      const domains = columns["domain"]?.values ?? [];
      const leaked = [...user.keys()].filter((row) => cold.has(user[row]!) && domains[item[row]!] === target);
      // Validation and test items are in training, by others.
      expect(leaked).toEqual([]);
      for (const { query, candidates } of casesOf(test_)) {
        expect(query.history.items.length).toBeGreaterThan(0);
        expect(Array.from(query.history.items, (row) => domains[row])).not.toContain(target);
        expect(candidates).toHaveLength(target === "game" ? 12319 : 8751);
      }
      expect(ids).toHaveLength(12319 + 8751);
      expect(amazon.dataset.users.ids).toHaveLength(25025 + 19457 - 2179);
    }
  },
);
