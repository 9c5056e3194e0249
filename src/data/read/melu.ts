import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { check, ForetasteError } from "../../base/errors.ts";
import { createDataset, type Interactions } from "../dataset.ts";
import { ml1m } from "../known/ml1m.ts";
import { type TrainingDataset, withTraining } from "../splits/training.ts";
import { readTable } from "./dataset.ts";

/** Existing or new users crossed with existing or new items. */
export type MeluState = "warm" | "cold-user" | "cold-item" | "both-cold";

/** All events of one user in one state, in the order of the file. */
export interface MeluTask {
  /** Row of the user table. */
  readonly user: number;
  /** Rows of the item table. */
  readonly items: Int32Array;
  readonly values: Float32Array;
}

export interface MeluData {
  /** All users and items; the interactions of the warm state only. */
  readonly dataset: TrainingDataset;
  /** Tasks in the order of the files; MeLU's protocol takes those of 13 to 100 ratings ({@link meluProtocol}). */
  readonly states: Readonly<Record<MeluState, readonly MeluTask[]>>;
}

const files: Readonly<Record<MeluState, string>> = {
  warm: "warm_state_reconstructed",
  "cold-user": "melu/user_cold_state",
  "cold-item": "melu/item_cold_state",
  "both-cold": "melu/user_and_item_cold_state",
};

/**
 * Reads MovieLens-1M with MeLU's cold-start states (Lee et al., 2019) from the folder that holds `melu/`.
 *
 * @throws ForetasteError NOT_FOUND (a file is absent), DATA (an unknown user or item, or unequal lengths)
 */
export async function readMelu(dir: string): Promise<MeluData> {
  const missing = ml1m.missing ?? [];
  const [{ table: users }, { table: items }] = await Promise.all([
    readTable(ml1m.users, dir, missing),
    readTable(ml1m.items, dir, missing),
  ]);
  const rows = { users: rowsById(users.ids), items: rowsById(items.ids) };
  const read = (state: MeluState): Promise<MeluTask[]> => readState(dir, files[state], rows);
  const states = {
    warm: await read("warm"),
    "cold-user": await read("cold-user"),
    "cold-item": await read("cold-item"),
    "both-cold": await read("both-cold"),
  };
  const interactions = toInteractions(states.warm);
  const parts = { name: "ml-1m/melu", users, items, interactions, scale: ml1m.scale, synthetic: false };
  return { dataset: withTraining(createDataset(parts), interactions), states };
}

/** The tasks MeLU's protocol judges: 13 to 100 ratings unless told, so that ten are the query and three or more the support. */
export function meluProtocol(
  tasks: readonly MeluTask[],
  [min, max]: readonly [min: number, max: number] = [13, 100],
): MeluTask[] {
  return tasks.filter(({ items }) => items.length >= min && items.length <= max);
}

interface Rows {
  readonly users: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
}

async function readState(dir: string, file: string, rows: Rows): Promise<MeluTask[]> {
  const [itemLists, valueLists] = await Promise.all(
    [`${file}.json`, `${file}_y.json`].map((name) => readLists(join(dir, name))),
  );
  return [...itemLists!].map(([id, items]) => {
    const where = `${join(dir, file)}_y.json: ${id}`;
    const values = valueLists!.get(id) ?? [];
    check(values.length === items.length, "DATA", () => ({
      where,
      expected: `${items.length} ratings, as many as items`,
      got: String(values.length),
    }));
    return {
      user: lookUp(rows.users, id, where),
      items: Int32Array.from(items, (item) => lookUp(rows.items, String(item), where)),
      values: Float32Array.from(values, Number),
    };
  });
}

/**
 * A JSON object of lists, its keys in the order of the file: `JSON.parse` would sort keys that are whole numbers, so they
 * are marked first.
 */
async function readLists(path: string): Promise<Map<string, readonly unknown[]>> {
  const text = await readText(path);
  try {
    const marked = JSON.parse(text.replace(/"(\d+)"\s*:/gu, '"#$1":')) as Record<string, readonly unknown[]>;
    return new Map(Object.entries(marked).map(([key, list]) => [key.slice(1), list]));
  } catch (cause) {
    throw new ForetasteError("DATA", {
      where: path,
      expected: "a JSON object of lists",
      got: "other text",
      cause,
    });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ForetasteError("NOT_FOUND", { where: path, expected: "a file", got: "none", cause });
  }
}

function rowsById(ids: readonly string[]): ReadonlyMap<string, number> {
  return new Map(ids.map((id, row) => [id, row]));
}

function lookUp(rows: ReadonlyMap<string, number>, id: string, where: string): number {
  const row = rows.get(id);
  check(row !== undefined, "DATA", () => ({ where, expected: "an id of the tables", got: `"${id}"` }));
  return row;
}

function toInteractions(tasks: readonly MeluTask[]): Interactions {
  return {
    user: Int32Array.from(tasks.flatMap(({ user, items }) => new Array<number>(items.length).fill(user))),
    item: Int32Array.from(tasks.flatMap(({ items }) => [...items])),
    value: Float32Array.from(tasks.flatMap(({ values }) => [...values])),
  };
}
