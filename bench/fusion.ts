/**
 * Fields, vectors and ID of films added up against fused by gates: `npm run bench:fusion`. A fifth of MovieLens-1M's films and
 * of its people is held out by each seed; nDCG@10 of held-out people among warm and among cold films, paired, and what each
 * modality does. `-- --dataset NAME --seeds 1,2,3 --people 600`.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { pairedBootstrap } from "../src/evaluate/bootstrap.ts";
import { resultsText } from "../src/evaluate/results.ts";
import {
  type ModalityReport,
  type ModalityRequest,
  modalityReport,
} from "../src/train/encoders/modalities.ts";
import { loadData } from "../src/train/load-data.ts";

const { values: flags } = parseArgs({
  options: {
    dataset: { type: "string", default: "ml-1m" },
    encoder: { type: "string", default: "use-lite:plot" },
    seeds: { type: "string", default: "1,2,3" },
    people: { type: "string", default: "600" },
    only: { type: "string" },
    out: { type: "string", default: "results/fusion.json" },
  },
});
const progress = createLines({
  write: (line) => void process.stdout.write(`${line}\n`),
  clock: systemClock,
  everyMs: 60_000,
});
const context = { progress };
const all: Readonly<Record<string, NonNullable<ModalityRequest["model"]>>> = {
  sum: { fusion: "sum", words: true },
  gate: { fusion: "gate", words: true },
  "gate, fields dropped": { fusion: "gate", words: true, modalityDropout: 0.2 },
};
const ways = Object.entries(all).filter(
  ([name]) => flags.only === undefined || flags.only.split(";").includes(name),
);

const what = "Modalities of films, added up or fused by gates: held-out people and films of one split";
const save = (rows: readonly object[]): void =>
  writeFileSync(
    resolve(import.meta.dirname, flags.out),
    resultsText({ what, command: "npm run bench:fusion" }, rows),
  );

const { dataset } = await loadData({ name: flags.dataset, encoder: flags.encoder }, context);
const rows: object[] = [];
for (const seed of flags.seeds.split(",").map(Number)) {
  const reports: Record<string, ModalityReport> = {};
  for (const [fusion, model] of ways) {
    const before = performance.now();
    const report = await modalityReport(dataset, { seed, people: Number(flags.people), model }, context);
    reports[fusion] = report;
    const about = { dataset: dataset.name, seed, metric: "ndcg_binary@10", fusion };
    for (const [state, quality] of Object.entries(report.quality)) {
      const sum = reports["sum"]?.values[state] ?? report.values[state]!;
      const againstSum = pairedBootstrap(report.values[state]!, sum, { seed });
      rows.push({ ...about, state, ...quality, againstSum });
      console.log(
        seed,
        fusion,
        state,
        quality.mean.toFixed(4),
        againstSum.mean.toFixed(4),
        againstSum.p.toFixed(3),
      );
    }
    rows.push(...report.modalities.map((row) => ({ ...about, ...row })));
    // After each fit, so that a stopped run leaves what it measured.
    save(rows);
    console.log(
      report.modalities
        .map(
          (m) =>
            `${m.modality} ${m.warm.gate.toFixed(2)}/${m.cold.gate.toFixed(2)} ${Object.values(m.loss)
              .map((l) => l.mean.toFixed(4))
              .join(" ")}`,
        )
        .join("; "),
      `${((performance.now() - before) / 1000).toFixed(0)} s`,
    );
  }
}
