// What a pretrained encoder of the items' texts buys: the Bayes head on MeLU's protocol, without one and with each of
// `-- --encoders use-lite,all-MiniLM-L6-v2,use-lite+all-MiniLM-L6-v2`. Cells are kept, so that a stopped run goes on. Vectors that were computed
// before are taken from .foretaste/vectors: the seconds of a fit do not hold them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { compareSystems } from "../src/train/compare/compare-systems.ts";
import { resultRows } from "../src/train/compare/rows.ts";

const root = join(import.meta.dirname, "..");
const file = join(root, "bench/results/pretrained.json");
const { values: flags } = parseArgs({
  options: {
    encoders: { type: "string", default: "use-lite,all-MiniLM-L6-v2,use-lite+all-MiniLM-L6-v2" },
    data: { type: "string" },
    draws: { type: "string", default: "3" },
    cells: { type: "string", default: join(root, ".foretaste/cells") },
  },
});
const command = "npm run bench:pretrained";

async function measure(encoder: string | undefined): Promise<Record<string, unknown>[]> {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const result = await compareSystems(
    {
      protocol: "melu",
      data: {
        ...(flags.data !== undefined && { path: flags.data }),
        ...(encoder !== undefined && { encoder }),
      },
      systems: "bayes-head",
      settings: [],
      draws: Number(flags.draws),
      seed: 1,
      jobs: 1,
      cells: flags.cells,
      anyCode: false,
      command,
    },
    { progress: createLines({ write, clock: systemClock, everyMs: 10_000 }), clock: systemClock },
  );
  const rows = resultRows(result) as Record<string, unknown>[];
  return rows
    .filter((row) => row["grouping"] === undefined)
    .map((row) => ({ ...row, encoder: encoder ?? "none" }));
}

const rows: Record<string, unknown>[] = [];
for (const encoder of [undefined, ...flags.encoders.split(",")]) rows.push(...(await measure(encoder)));
mkdirSync(dirname(file), { recursive: true });
const what = "The Bayes head on MeLU's protocol, by the encoder that reads titles and plots";
writeFileSync(file, resultsText({ what, command }, rows));
