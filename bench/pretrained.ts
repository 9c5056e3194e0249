// What a pretrained encoder of the items' texts buys: the Bayes head on MeLU's protocol and the content prior on items
// without any event (beside content-knn, which reads no vectors), without an encoder and with each of
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

interface Question {
  readonly protocol: string;
  readonly systems: string;
  readonly encoder?: string;
}

async function measure({ protocol, systems, encoder }: Question): Promise<Record<string, unknown>[]> {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const result = await compareSystems(
    {
      protocol,
      data: {
        ...(flags.data !== undefined && { path: flags.data }),
        ...(encoder !== undefined && { encoder }),
      },
      systems,
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

const encoders = flags.encoders.split(",");
const asked = (protocol: string, systems: string): Question[] =>
  encoders.map((encoder) => ({ protocol, systems, encoder }));
const questions: readonly Question[] = [
  { protocol: "melu", systems: "bayes-head" },
  ...asked("melu", "bayes-head"),
  { protocol: "cold-items", systems: "content-knn,content-prior" },
  ...asked("cold-items", "content-prior"),
];
const rows: Record<string, unknown>[] = [];
for (const question of questions) rows.push(...(await measure(question)));
mkdirSync(dirname(file), { recursive: true });
const what =
  "Cold items by the encoder that reads titles and plots: the Bayes head on MeLU's protocol, the content prior on items without any event";
writeFileSync(file, resultsText({ what, command }, rows));
