import { expect, test } from "vitest";
import { createDataset, type Dataset } from "../data/dataset.ts";
import { fitContentRanker } from "./content-prior.ts";

const ITEMS = 24;
const PEOPLE = 30;
const kindOf = (row: number): number => row % 2;

/** People like items of their own kind; the last four items have no event, and only the vector tells their kind. */
function world(tells: boolean): Dataset {
  const rows = Array.from(
    { length: PEOPLE * (ITEMS - 4) },
    (_, k) => [k % PEOPLE, Math.floor(k / PEOPLE)] as const,
  );
  const liked = rows.filter(([user, item]) => kindOf(user) === kindOf(item) && (user + item) % 3 !== 0);
  const values = Float32Array.from({ length: ITEMS * 2 }, (_, k) =>
    tells ? Number(kindOf(Math.floor(k / 2)) === k % 2) : Number(k % 2),
  );
  return createDataset({
    name: "kinds",
    users: { ids: Array.from({ length: PEOPLE }, (_, u) => `u${u}`), columns: {} },
    items: {
      ids: Array.from({ length: ITEMS }, (_, i) => `i${i}`),
      columns: { seen: { kind: "vector", width: 2, values } },
    },
    interactions: {
      user: Int32Array.from(liked, ([user]) => user),
      item: Int32Array.from(liked, ([, item]) => item),
      value: new Float32Array(liked.length).fill(1),
    },
    scale: { min: 0, max: 1, liked: 1 },
    synthetic: true,
  });
}

const cold = Int32Array.of(20, 21, 22, 23);
const query = { history: { items: Int32Array.of(0, 2), values: Float32Array.of(1, 1) } };

test("vectors that tell the kind of an item without events rank it for people of that kind", async () => {
  const [even, odd, even2, odd2] = await (await fitContentRanker(world(true), { popularity: 0 })).score(
    query,
    cold,
  );
  expect(Math.min(even!, even2!)).toBeGreaterThan(Math.max(odd!, odd2!) + 0.1);
});

test("vectors that tell nothing rank nothing", async () => {
  const scores = await (await fitContentRanker(world(false), { popularity: 0 })).score(query, cold);
  expect(Math.max(...scores) - Math.min(...scores)).toBeLessThan(1e-4);
});

test("what somebody did not like is no taste", async () => {
  const history = { items: Int32Array.of(0, 2), values: Float32Array.of(0, 0) };
  const scores = await (await fitContentRanker(world(true), { popularity: 0 })).score({ history }, cold);
  expect([...scores].every((score) => score === 0)).toBe(true);
});

test("what is like popular items is expected to be popular", async () => {
  const kinds = world(true);
  const { user, item, value } = kinds.interactions;
  const rows = Int32Array.from(item.keys()).filter((row) => kindOf(item[row]!) === 0 || user[row]! < 4);
  const pick = <T extends Int32Array | Float32Array>(column: T): T =>
    column.filter((_, row) => rows.includes(row)) as T;
  const interactions = { user: pick(user), item: pick(item), value: pick(value) };
  const stranger = { history: { items: new Int32Array(0), values: new Float32Array(0) } };
  const [even, odd] = await (await fitContentRanker({ ...kinds, interactions })).score(stranger, cold);
  expect(even!).toBeGreaterThan(odd! + 0.1);
});
