/**
 * People with a history in another domain only, Amazon games and video in both directions: `npm run bench:cross-domain`.
 * True items among 999 others and in the whole catalogue; those that map or mix domains with three seeds. Cells that are
 * known are not computed again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { compareSystems } from "../src/train/compare/compare-systems.ts";
import { evaluationOf, finished } from "../src/train/compare/outcomes.ts";
import { resultRows } from "../src/train/compare/rows.ts";
import type { ComparisonResult } from "../src/train/compare/run-comparison.ts";
import { pairedGain } from "../src/train/transfer/guard.ts";

const { values: flags } = parseArgs({
  options: {
    cells: { type: "string", default: ".foretaste/cells" },
    jobs: { type: "string", default: "1" },
    "any-code": { type: "boolean", default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const context = {
  progress: createLines({ write: say, clock: systemClock, everyMs: 60_000 }),
  clock: systemClock,
};

const seeded = ["emcdr", "ptupcdr", "domain-mixture"].flatMap((name) => [
  name,
  `${name}:seed=2`,
  `${name}:seed=3`,
]);
const systems = ["popularity", "item-knn", "user-knn", "random-walk", "ials", "bpr", ...seeded].join(",");

/** What the mixture gains over each map, on the same people; a person's value is the mean over seeds and draws. */
function gains({ arena, outcomes }: ComparisonResult): object[] {
  const done = finished(outcomes);
  const seedsOf = (name: string) =>
    done.filter(({ entrant }) => entrant.system.name === name).map(evaluationOf);
  return ["emcdr", "ptupcdr"].flatMap((over) =>
    [...arena.metrics, ...arena.more].map((metric) => {
      const gain = pairedGain(seedsOf("domain-mixture"), seedsOf(over), { metric, seed: 1 });
      return { system: "domain-mixture", over, metric, ...gain };
    }),
  );
}

const rows: object[] = [];
for (const protocol of ["cross-domain-sampled", "cross-domain"]) {
  for (const dataset of ["amazon-game-video", "amazon-video-game"]) {
    const result = await compareSystems(
      {
        protocol,
        systems,
        data: { name: dataset },
        settings: [],
        seed: 1,
        jobs: Number(flags.jobs),
        cells: flags.cells,
        anyCode: flags["any-code"],
        command: "npm run bench:cross-domain",
      },
      context,
    );
    rows.push(...[...resultRows(result), ...gains(result)].map((row) => ({ ...row, protocol, dataset })));
  }
}
const what =
  "People with a history in another domain only: games to video and back, three draws of the others, three seeds";
writeFileSync(
  join(import.meta.dirname, "results/cross-domain.json"),
  resultsText({ what, command: "npm run bench:cross-domain" }, rows),
);
