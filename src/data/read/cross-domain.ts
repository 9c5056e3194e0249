import { join } from "node:path";
import { check, type ForetasteError } from "../../base/errors.ts";
import { type RunContext, silentProgress } from "../../base/progress.ts";
import { createDataset, type Table } from "../dataset.ts";
import { type TrainingDataset, withTraining } from "../splits/training.ts";
import { readLines } from "./lines.ts";

export type AmazonDomain = "game" | "video";

/** What one cold person did in the target domain. */
export interface CrossDomainPerson {
  /** Row of the user table. */
  readonly user: number;
  /** Rows of the item table, all of the target domain. */
  readonly items: Int32Array;
}

/** Two domains in one data set; some people have a history in the source only. */
export interface CrossDomainData {
  /** Both domains' training events; the item column `domain` tells them apart. */
  readonly dataset: TrainingDataset;
  readonly source: string;
  readonly target: string;
  /** Rows of the target's items, ascending. */
  readonly targetItems: Int32Array;
  /** Everybody whose target events are hidden, by row of the user table. */
  readonly people: readonly CrossDomainPerson[];
}

/** Users below this number are the same people in both domains' files; the others belong to one domain. */
const SHARED_USERS = 2179;

type Pair = readonly [user: number, item: number];

interface DomainFiles {
  readonly name: AmazonDomain;
  readonly train: readonly Pair[];
  /** Validation and test together: they ask about the same people. */
  readonly held: readonly Pair[];
}

/**
 * Reads the Amazon games/video pair (the files of Cao et al., 2022) for people whose history in `target` is hidden: items
 * and users of both domains in one table each, shared people once. Ids are "game:7" and, for shared people, "shared:7".
 *
 * @param dir holds `game_video/` (the games) and `video_game/` (the video)
 * @throws ForetasteError NOT_FOUND (a file is absent), DATA (a line is not two whole numbers), CANCELLED
 * @example const data = await readCrossDomain("../shared/data/amazon-cross-domain", { target: "game" });
 */
export async function readCrossDomain(
  dir: string,
  {
    target,
    ctx = { progress: silentProgress },
  }: { readonly target: AmazonDomain; readonly ctx?: RunContext },
): Promise<CrossDomainData> {
  const source = target === "game" ? "video" : "game";
  const files = [await readDomain(dir, source, ctx), await readDomain(dir, target, ctx)];
  const [users, items] = [createRows(), createRows()];
  const pairs = files.flatMap(({ name, train }) =>
    train.map(([user, item]): Pair => [users.row(userId(name, user)), items.row(`${name}:${item}`)]),
  );
  const people = collect(
    (files[1]?.held ?? []).map(([user, item]): Pair => {
      return [users.row(userId(target, user)), items.row(`${target}:${item}`)];
    }),
  );
  const table: Table = {
    ids: items.ids,
    columns: { domain: { kind: "categorical", values: items.ids.map((id) => id.split(":")[0]) } },
  };
  const interactions = {
    user: Int32Array.from(pairs, ([user]) => user),
    item: Int32Array.from(pairs, ([, item]) => item),
    value: new Float32Array(pairs.length).fill(1),
  };
  const dataset = createDataset({
    name: `amazon-cross-domain/${source}-to-${target}`,
    users: { ids: users.ids, columns: {} },
    items: table,
    interactions,
    scale: { min: 0, max: 1, liked: 1 },
    synthetic: false,
  });
  const targetItems = Int32Array.from(items.ids.keys()).filter((row) =>
    items.ids[row]!.startsWith(`${target}:`),
  );
  return { dataset: withTraining(dataset, interactions), source, target, targetItems, people };
}

function userId(domain: AmazonDomain, user: number): string {
  return `${user < SHARED_USERS ? "shared" : domain}:${user}`;
}

async function readDomain(dir: string, name: AmazonDomain, ctx: RunContext): Promise<DomainFiles> {
  const folder = join(dir, name === "game" ? "game_video" : "video_game");
  const read = (file: string): Promise<Pair[]> => readPairs(join(folder, file), ctx);
  const held = [await read("valid.txt"), await read("test.txt")].flat();
  return { name, train: await read("train.txt"), held };
}

async function readPairs(path: string, ctx: RunContext): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const read = (text: string, line: number): void => {
    const fields = /^(\d+)\t(\d+)$/u.exec(text.trimEnd());
    check(fields !== null, "DATA", () => wrongLine(`${path}:${line}`, text));
    pairs.push([Number(fields[1]), Number(fields[2])]);
  };
  await readLines(path, "utf-8", read, ctx);
  return pairs;
}

function wrongLine(where: string, text: string): ForetasteError["parts"] {
  return { where, expected: "a user and an item, whole numbers with a tab between", got: `"${text}"` };
}

interface Rows {
  readonly ids: string[];
  /** The row of an id, a new one at its first sight. */
  row(id: string): number;
}

function createRows(): Rows {
  const ids: string[] = [];
  const rows = new Map<string, number>();
  return {
    ids,
    row: (id) => {
      const known = rows.get(id);
      if (known !== undefined) return known;
      rows.set(id, ids.length);
      return ids.push(id) - 1;
    },
  };
}

/** Distinct items a person, people by row. */
function collect(pairs: readonly Pair[]): CrossDomainPerson[] {
  const byUser = new Map<number, Set<number>>();
  for (const [user, item] of pairs) byUser.set(user, (byUser.get(user) ?? new Set()).add(item));
  return [...byUser]
    .sort(([a], [b]) => a - b)
    .map(([user, items]) => ({ user, items: Int32Array.from(items).sort() }));
}
