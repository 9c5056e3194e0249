import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { meluProtocol, readMelu } from "./melu.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "foretaste-melu-"));
  mkdirSync(join(dir, "melu"));
  const film = (id: number) => `${id}::Film ${id}::199${id}::PG::N/A::Drama::N/A::N/A::N/A::N/A::N/A\r\n`;
  writeFileSync(
    join(dir, "melu", "users.dat"),
    "1::F::1::10::48067\n2::M::56::16::70072\n30::M::25::15::55117\n",
  );
  writeFileSync(join(dir, "melu", "movies_extrainfos.dat"), [1, 2, 3].map(film).join(""));
  state("warm_state_reconstructed", '{"2": ["3", "1"], "1": ["1"]}', '{"2": [4, 5], "1": [3]}');
  state("melu/user_cold_state", '{"30": ["1"]}', '{"30": [2]}');
  state("melu/item_cold_state", '{"1": ["2"]}', '{"1": [1]}');
  state("melu/user_and_item_cold_state", '{"30": ["2"]}', '{"30": [5]}');
});
afterEach(() => rmSync(dir, { recursive: true }));

function state(name: string, items: string, values: string): void {
  writeFileSync(join(dir, `${name}.json`), items);
  writeFileSync(join(dir, `${name}_y.json`), values);
}

test("tasks keep the order of the files; the data set has the warm events only", async () => {
  const { dataset, states } = await readMelu(dir);
  expect(states.warm).toEqual([
    { user: 1, items: Int32Array.of(2, 0), values: Float32Array.of(4, 5) },
    { user: 0, items: Int32Array.of(0), values: Float32Array.of(3) },
  ]);
  expect(states["both-cold"]).toEqual([{ user: 2, items: Int32Array.of(1), values: Float32Array.of(5) }]);
  expect([...dataset.interactions.user]).toEqual([1, 1, 0]);
  expect([...dataset.interactions.item]).toEqual([2, 0, 0]);
  expect([...dataset.interactions.value]).toEqual([4, 5, 3]);
  expect(dataset.users.ids).toEqual(["1", "2", "30"]);
  expect([...dataset.warmUsers]).toEqual([0, 1]);
  expect([...dataset.warmItems]).toEqual([0, 2]);
  expect(dataset.items.columns.plot).toEqual({ kind: "text", values: [undefined, undefined, undefined] });
});

test("the protocol's tasks have 13 to 100 ratings", () => {
  const tasks = [12, 13, 100, 101].map((n) => ({
    user: 0,
    items: new Int32Array(n),
    values: new Float32Array(n),
  }));
  expect(meluProtocol(tasks).map(({ items }) => items.length)).toEqual([13, 100]);
});

test("files that do not fit are errors", async () => {
  state("melu/item_cold_state", '{"1": ["2", "3"]}', '{"1": [1]}');
  await expect(readMelu(dir)).rejects.toThrow(/item_cold_state_y\.json: 1: expected 2 ratings.*got 1/);
  state("melu/item_cold_state", '{"1": ["99"]}', '{"1": [1]}');
  await expect(readMelu(dir)).rejects.toThrow(/expected an id of the tables, got "99"/);
  state("melu/item_cold_state", "[1", "{}");
  await expect(readMelu(dir)).rejects.toThrow(/item_cold_state\.json: expected a JSON object of lists/);
  rmSync(join(dir, "melu", "user_cold_state.json"));
  await expect(readMelu(dir)).rejects.toMatchObject({ code: "NOT_FOUND" });
});
