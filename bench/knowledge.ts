/**
 * What relations of items tell of films that nobody has touched, beside texts: `npm run bench:knowledge`. As `foretaste
 * encoders rank` on MovieLens-1M, which films are hidden by three seeds; `-- --dataset NAME` for other data.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { rankEncoders } from "../src/train/encoders/rank-encoders.ts";
import { loadData } from "../src/train/load-data.ts";

const { values: flags } = parseArgs({ options: { dataset: { type: "string", default: "ml-1m" } } });
const context = {
  progress: createLines({
    write: (line) => void process.stdout.write(`${line}\n`),
    clock: systemClock,
    everyMs: 60_000,
  }),
  clock: systemClock,
};
const people = "director,writer,actors";
const encoders = [
  "graph",
  `graph:${people}`,
  "distmult",
  `distmult:${people}`,
  "use-lite",
  "use-lite+graph",
  `use-lite+distmult:${people}`,
];

const { dataset } = await loadData({ name: flags.dataset }, context);
const rows: object[] = [];
for (const seed of [1, 2, 3]) {
  const scores = await rankEncoders(dataset, { encoders, seed }, context);
  rows.push(...scores.map((score) => ({ dataset: dataset.name, seed, metric: "ndcg_binary@10", ...score })));
}
const what = "Encoders of relations and of texts: films without any event, ranked by content alone";
writeFileSync(
  join(import.meta.dirname, "results/knowledge.json"),
  resultsText({ what, command: "npm run bench:knowledge" }, rows),
);
