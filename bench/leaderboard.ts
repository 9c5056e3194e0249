// Every system on every protocol: `npm run bench:leaderboard`, or some protocols with `-- --protocols melu,cold-users`; the
// others keep their rows. With `--systems ease,bayes-head` only these are compared, and the protocol's rows are theirs: what
// was computed before is kept in cells, so that a long measurement can be made in pieces. A stopped run goes on. With `--add`
// the rows of the systems named join those the protocol has; name the best baselines too, for a learner is compared with
// the best baseline of its own run. `--versus bayes-head` compares one system with each other one, too.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { compareSystems } from "../src/train/compare/compare-systems.ts";
import { resultRows } from "../src/train/compare/rows.ts";

const root = join(import.meta.dirname, "..");
const file = join(root, "bench/results/leaderboard.json");
const all = "melu,cold-users,generic,meta-emb,cold-items,cold-domain,top-n,cross-domain";
/** Where a protocol takes any data: a world that the list head's settings were not found on. */
const anyData: Readonly<Record<string, { dataset: string; shots: readonly number[] }>> = {
  generic: { dataset: "ml-1m", shots: [0, 1, 3, 5, 10, 20, 50] },
};

const { values: flags } = parseArgs({
  options: {
    protocols: { type: "string", default: all },
    systems: { type: "string" },
    settings: { type: "string", multiple: true, default: [] },
    /** Folder of one data set, where a single protocol is asked for. */
    data: { type: "string" },
    draws: { type: "string" },
    jobs: { type: "string", default: "1" },
    cells: { type: "string", default: join(root, ".foretaste/cells") },
    "any-code": { type: "boolean", default: false },
    add: { type: "boolean", default: false },
    versus: { type: "string" },
    /** Attribute of the items that tells domains apart. */
    by: { type: "string", default: "genre" },
  },
});

interface Row {
  readonly protocol: string;
  readonly grouping?: string;
  readonly system?: string;
  readonly [key: string]: unknown;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const context = {
  progress: createLines({ write: say, clock: systemClock, everyMs: 10_000 }),
  clock: systemClock,
};

interface Known {
  readonly date: string;
  readonly machine: { readonly cpu: string };
  readonly rows: readonly Row[];
}

/** Rows of the file; seconds and memory keep the day and the processor they were measured on. */
function known(): Row[] {
  if (!existsSync(file)) return [];
  const { date, machine, rows } = JSON.parse(readFileSync(file, "utf8")) as Known;
  return rows.map((row) => (isCost(row) ? { date, cpu: machine.cpu, ...row } : row));
}

const isCost = ({ metric }: Row): boolean => metric === "train_seconds" || metric === "peak_mb";

async function measure(protocol: string): Promise<Row[]> {
  const result = await compareSystems(
    {
      protocol,
      data: {
        ...(anyData[protocol] && { name: anyData[protocol].dataset }),
        ...(flags.data !== undefined && { path: flags.data }),
      },
      ...(anyData[protocol] && { shots: anyData[protocol].shots }),
      settings: flags.settings,
      seed: 1,
      jobs: Number(flags.jobs),
      cells: flags.cells,
      anyCode: flags["any-code"],
      command: "npm run bench:leaderboard",
      ...(flags.systems === undefined ? {} : { systems: flags.systems }),
      ...(flags.versus === undefined ? {} : { versus: flags.versus }),
      ...(protocol === "cold-domain" ? { by: flags.by } : {}),
      ...(flags.draws === undefined ? {} : { draws: Number(flags.draws) }),
    },
    context,
  );
  const { draws } = result.request.arena;
  // Figures of single groups are many; the gaps between them say what matters.
  const rows = (resultRows(result) as Row[]).filter(
    (row) => row.grouping === undefined || row["best"] !== undefined,
  );
  const measured = { protocol, dataset: result.dataset.name, title: result.arena.title, draws };
  return [{ ...measured, metrics: result.arena.metrics }, ...rows];
}

/** Rows that stay: of other protocols, and with `--add` of this protocol's systems that were not measured now. */
function kept(protocol: string, rows: readonly Row[]): Row[] {
  const measured = new Set(rows.map((row) => row["system"]));
  return known().filter((row) => row.protocol !== protocol || (flags.add && !measured.has(row["system"])));
}

/** By protocol, and within each by system: those that were there keep their places. */
function inOrder(rows: readonly Row[]): Row[] {
  const protocols = all.split(",");
  const systems = [...new Set([...known(), ...rows].map(({ system }) => system))];
  const placeOf = ({ system }: Row): number => (system === undefined ? -1 : systems.indexOf(system));
  return rows.toSorted(
    (a, b) => protocols.indexOf(a.protocol) - protocols.indexOf(b.protocol) || placeOf(a) - placeOf(b),
  );
}

function save(protocol: string, rows: readonly Row[]): void {
  const ordered = inOrder([...kept(protocol, rows), ...rows]);
  const what =
    "Every system on every protocol: quality with intervals, costs, and each learner against the best baseline";
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, resultsText({ what, command: "npm run bench:leaderboard" }, ordered));
}

for (const protocol of flags.protocols.split(",")) {
  say(`\n== ${protocol}`);
  save(protocol, await measure(protocol));
}
