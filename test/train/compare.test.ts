import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ForetasteError } from "../../src/base/errors.ts";
import { silentProgress } from "../../src/base/progress.ts";
import { syntheticWorld } from "../../src/data/synthetic.ts";
import { createCrew, type RunApart } from "../../src/train/compare/apart.ts";
import { arenaNamed } from "../../src/train/compare/arenas.ts";
import type { CellSpec } from "../../src/train/compare/cell.ts";
import { type CompareOptions, compareSystems } from "../../src/train/compare/compare-systems.ts";
import { runCell } from "../../src/train/compare/run-cell.ts";
import { type TuneOptions, tuneSystem } from "../../src/train/tune/tune-system.ts";

const description = `name = "small"
[events]
file = "ratings.csv"
format = "csv"
user = "user"
item = "item"
value = "value"
time = { column = "time", unit = "seconds" }
[scale]
min = 0
max = 10
liked = 8
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-compare-"));
  await writeWorld("data");
});
afterAll(() => rm(folder, { recursive: true }));

const world = syntheticWorld({ users: 260, items: 50, seed: 3 });

/** A small generated world as files; `change` may alter what somebody said. */
async function writeWorld(name: string, change: (user: string, value: number) => number = (_, v) => v) {
  const { users, items, interactions } = world;
  const ratings = Array.from(interactions.value, (value, row) => {
    const user = users.ids[interactions.user[row] ?? 0] ?? "";
    const item = items.ids[interactions.item[row] ?? 0];
    return `${user},${item},${change(user, value)},${interactions.time?.[row]}`;
  });
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "ratings.csv"), ["user,item,value,time", ...ratings].join("\n"));
  await writeFile(join(folder, name, "small.toml"), description);
}

const dataOf = (name: string) => ({ name: "small", description: join(folder, name, "small.toml") });
const quiet = { progress: silentProgress, clock: { now: () => 1_700_000_000_000 }, code: "test" };

/** Cells in this process, with what was asked. */
function here(): { readonly run: RunApart; readonly asked: CellSpec[] } {
  const asked: CellSpec[] = [];
  const run: RunApart = async (spec, options) => {
    asked.push(spec);
    const opened = await arenaNamed(spec.arena.protocol).open(spec.arena, options);
    return runCell(opened, spec, { ...options, seconds: () => 0 });
  };
  return { run, asked };
}

function comparison(more: Partial<CompareOptions> = {}): CompareOptions {
  return {
    protocol: "cold-users",
    data: dataOf("data"),
    systems: "popularity,item-mean,item-knn",
    settings: [],
    draws: 2,
    seed: 1,
    jobs: 1,
    cells: join(folder, "cells"),
    anyCode: false,
    command: "foretaste compare",
    ...more,
  };
}

test("a comparison computes each cell once, writes a report, and the second run computes nothing", async () => {
  const output = join(folder, "report");
  const first = here();
  const result = await compareSystems(comparison({ output }), { ...quiet, run: first.run });
  expect(first.asked.map(({ system, part }) => `${system}/${part}`)).toEqual(
    ["popularity", "item-mean", "item-knn"].flatMap((name) => [`${name}/0`, `${name}/1`]),
  );
  const second = here();
  const again = await compareSystems(comparison(), { ...quiet, run: second.run });
  expect([second.asked, again.computed]).toEqual([[], 0]);
  expect(again.quality).toEqual(result.quality);
  const row = result.quality.rows.find((one) => one.system === "item-knn" && one.metric === "ndcg_binary@10");
  expect(row).toMatchObject({ draws: 2, shots: 0, state: "cold-user" });
  const report = await readFile(join(output, "report.md"), "utf8");
  expect(report).toContain("| item-knn |");
  const { rows } = JSON.parse(await readFile(join(output, "results.json"), "utf8")) as {
    rows: { metric?: string }[];
  };
  expect(rows.filter(({ metric }) => metric === "train_seconds")).toHaveLength(3);
  const figures = await readdir(join(output, "figures"));
  expect(figures).toContain("leaderboard-ndcg-binary-10.svg");
  for (const file of figures) expect(report).toContain(`(figures/${file})`);
});

test("one system against each other one: differences of their means, in its favour, in report and rows", async () => {
  const output = join(folder, "versus");
  const options = comparison({ output, versus: "item-knn" });
  const { duels, quality } = await compareSystems(options, { ...quiet, run: here().run });
  expect(new Set(duels.map(({ over }) => over))).toEqual(new Set(["popularity", "item-mean"]));
  const meanOf = (system: string, { metric, shots }: { metric: string; shots: number | "all" }) =>
    quality.rows.find((row) => row.system === system && row.metric === metric && row.shots === shots)!.mean;
  const [list] = duels.filter(({ metric, over }) => metric === "ndcg_binary@10" && over === "popularity");
  expect(list!.mean).toBeCloseTo(meanOf("item-knn", list!) - meanOf("popularity", list!), 6);
  const report = await readFile(join(output, "report.md"), "utf8");
  expect(report).toMatch(/## item-knn against each[\s\S]*### ndcg_binary@10[\s\S]*\| item-mean \|/);
});

test("a system that does not take part cannot be compared with each", async () => {
  const unknown = compareSystems(comparison({ versus: "ease" }), { ...quiet, run: here().run });
  await expect(unknown).rejects.toThrow(/versus.*popularity, item-mean, item-knn.*ease/s);
});

test("one system reads with an encoder of its own beside another that does not; each keeps its cells", async () => {
  await writeWorld("films");
  const films = world.items.ids.map((id, i) => `${id},${["drama", "comedy", "war"][i % 3]}`);
  await writeFile(join(folder, "films", "films.csv"), ["item,genre", ...films].join("\n"));
  const columns = `[items]\nfile = "films.csv"\nformat = "csv"\nid = "item"\nfeatures.genre = { column = "genre", kind = "categorical" }\n`;
  await writeFile(join(folder, "films", "small.toml"), description.replace("[scale]", `${columns}[scale]`));
  const options = comparison({
    data: dataOf("films"),
    systems: "popularity,popularity@graph",
    draws: 1,
    cells: join(folder, "read"),
  });
  const first = here();
  const { quality } = await compareSystems(options, { ...quiet, run: first.run });
  expect(first.asked.map(({ arena }) => arena.data.encoder)).toEqual([undefined, "graph"]);
  expect(new Set(quality.rows.map(({ system }) => system))).toEqual(
    new Set(["popularity", "popularity@graph"]),
  );
  expect((await compareSystems(options, { ...quiet, run: first.run })).computed).toBe(0);
});

test("a system that fails is reported, and the others are compared", async () => {
  const good = here();
  const run: RunApart = async (spec, options) => {
    if (spec.system === "item-mean")
      throw new ForetasteError("NUMERIC", { where: "fit", expected: "numbers", got: "NaN" });
    return good.run(spec, options);
  };
  const options = comparison({ cells: join(folder, "failing"), output: join(folder, "failed") });
  const result = await compareSystems(options, { ...quiet, run });
  expect(new Set(result.quality.rows.map(({ system }) => system))).toEqual(
    new Set(["popularity", "item-knn"]),
  );
  expect(await readFile(result.report ?? "", "utf8")).toContain(
    "`item-mean`: NUMERIC, fit: expected numbers, got NaN",
  );
  const retried = here();
  await compareSystems(options, { ...quiet, run: retried.run });
  expect(retried.asked.map(({ system }) => system)).toEqual(["item-mean", "item-mean"]);
});

test("a stopped comparison keeps what it has, and goes on from there", async () => {
  const cells = join(folder, "stopped");
  const good = here();
  const run: RunApart = async (spec, options) => {
    if (good.asked.length === 3)
      throw new ForetasteError("CANCELLED", { where: "x", expected: "a result", got: "a stop" });
    return good.run(spec, options);
  };
  const options = comparison({ cells });
  await expect(compareSystems(options, { ...quiet, run })).rejects.toMatchObject({ code: "CANCELLED" });
  const rest = here();
  const result = await compareSystems(options, { ...quiet, run: rest.run });
  expect([rest.asked.length, result.computed]).toEqual([3, 3]);
});

test("other code computes again, unless cells of any code will do", async () => {
  const run = here();
  const changed = { ...quiet, run: run.run, code: "changed" };
  const result = await compareSystems(comparison({ systems: "popularity", anyCode: true }), changed);
  expect([run.asked, result.computed]).toEqual([[], 0]);
  await compareSystems(comparison({ systems: "popularity" }), changed);
  expect(run.asked).toHaveLength(2);
});

test("a cell in a process of its own is the cell computed here; an error there is an error here", async () => {
  const { arena } = { arena: { protocol: "cold-users", data: dataOf("data"), draws: 2, seed: 1 } };
  const spec: CellSpec = {
    system: "item-knn",
    settings: {},
    arena,
    part: 1,
    people: 1,
    seed: 1,
    stream: "test",
  };
  const crew = createCrew();
  const apart = await crew.run(spec, { ...quiet, label: "item-knn" });
  const alike = await here().run(spec, { ...quiet, label: "item-knn" });
  expect(apart.answers).toEqual(alike.answers);
  expect(apart.peakMb).toBeGreaterThan(20);
  expect(apart.trainSeconds).toBeGreaterThan(0);
  const wrong = { ...spec, settings: { size: 3 } };
  await expect(crew.run(wrong, { ...quiet, label: "item-knn" })).rejects.toMatchObject({ code: "CONFIG" });
  crew.end();
}, 60_000);

function tuning(study: string, more: Partial<TuneOptions> = {}): TuneOptions {
  return {
    system: "item-knn",
    protocol: "cold-users",
    data: dataOf("data"),
    trials: 14,
    search: "tpe",
    seed: 1,
    jobs: 1,
    effortOf: "people",
    draws: 2,
    study: join(folder, study),
    ...more,
  };
}

test("tuning asks about people set aside inside of training only, and nobody who is cold in the test is learned from", async () => {
  const { run, asked } = here();
  const { history, best } = await tuneSystem(tuning("a.jsonl"), { ...quiet, run });
  expect(asked.every(({ stream }) => stream === "outerValid")).toBe(true);
  const request = { protocol: "cold-users", data: dataOf("data"), draws: 2, seed: 1 };
  const opened = await arenaNamed("cold-users").open(request, quiet);
  const cold = new Set(
    [0, 1].flatMap((part) => {
      const { warmUsers } = opened.part(part).protocol.train;
      return world.users.ids.filter((_, user) => !warmUsers.includes(user));
    }),
  );
  expect(cold.size).toBeGreaterThan(80);
  const scrambled = (user: string, value: number): number => (cold.has(user) ? 10 - value : value);
  await writeWorld("scrambled", scrambled);
  const other = await tuneSystem(tuning("b.jsonl", { data: dataOf("scrambled") }), {
    ...quiet,
    run: here().run,
  });
  expect(other.history).toEqual(history);
  expect(other.best).toEqual(best);
  await writeWorld("other", (user, value) => (cold.has(user) ? value : (value + 3) % 11));
  const moved = await tuneSystem(tuning("c.jsonl", { data: dataOf("other") }), { ...quiet, run: here().run });
  expect(moved.history).not.toEqual(history);
}, 60_000);

test.each([
  ["tpe", 1],
  ["tpe", 3],
  ["halving", 1],
] as const)(
  "a study that was stopped (%s, %i at a time) goes on to be the study it would have been",
  async (search, jobs) => {
    const [whole, cut] = [here(), here()];
    const options = (study: string) =>
      tuning(`${search}-${jobs}-${study}.jsonl`, { search, trials: 12, jobs });
    const { history } = await tuneSystem(options("whole"), { ...quiet, run: whole.run });
    const stopping: RunApart = async (spec, how) => {
      if (cut.asked.length === 7)
        throw new ForetasteError("CANCELLED", { where: "x", expected: "a result", got: "a stop" });
      return cut.run(spec, how);
    };
    await expect(tuneSystem(options("cut"), { ...quiet, run: stopping })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    // A crash may cut the last line off.
    const file = options("cut").study;
    await writeFile(file, (await readFile(file, "utf8")).slice(0, -10));
    const resumed = await tuneSystem(options("cut"), { ...quiet, run: cut.run });
    expect(resumed.history).toEqual(history);
    expect(cut.asked).toHaveLength(whole.asked.length + 1);
    const lines = async (path: string) => (await readFile(path, "utf8")).split("\n").toSorted();
    expect(await lines(file)).toEqual(await lines(options("whole").study));
    const full = history.filter(({ effort }) => effort === 1).length;
    expect(full).toBe(search === "halving" ? history.length - 16 : 12);
    const begun = await tuneSystem({ ...options("more"), trials: 13 }, { ...quiet, run: here().run });
    const more = await tuneSystem({ ...options("cut"), trials: 13 }, { ...quiet, run: cut.run }).then(
      (result) => result.history,
      ({ message }: Error) => message,
    );
    const refused = expect.stringContaining("one with another trials") as unknown;
    expect(more).toEqual(search === "halving" ? refused : begun.history);
    expect(cut.asked).toHaveLength(whole.asked.length + (search === "halving" ? 1 : 2));
    const other = { ...options("cut"), seed: 99 };
    await expect(tuneSystem(other, { ...quiet, run: cut.run })).rejects.toThrow("one with another");
  },
  60_000,
);

test("the best settings are a file that compare reads", async () => {
  const output = join(folder, "knn.toml");
  const { best } = await tuneSystem(tuning("d.jsonl", { trials: 3, output }), { ...quiet, run: here().run });
  const run = here();
  await compareSystems(comparison({ systems: "item-knn", settings: [output] }), { ...quiet, run: run.run });
  expect(run.asked[0]?.settings).toEqual(best.settings);
}, 60_000);
