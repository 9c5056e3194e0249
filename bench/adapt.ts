/**
 * How long it takes to fit one person and rank a catalogue for them, in process, on one core: `npm run bench:adapt`.
 * The world is random and the prior untrained, which changes nothing about the time.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { topN } from "../src/base/ranking.ts";
import { createRng } from "../src/base/rng.ts";
import { createDataset, type Dataset } from "../src/data/dataset.ts";
import { fitCatalogue } from "../src/encoders/catalogue.ts";
import { fitLikeWeights } from "../src/encoders/like-weights.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { frozenCatalogue } from "../src/meta/bayes/bayes-head.ts";
import { oneClassBayes } from "../src/meta/bayes/one-class.ts";

const sizes = { items: 10_000, events: 20, list: 10 };
const runs = { warmUp: 100, measured: 1000 };

/** Every item has six likes, so that all of them are candidates. */
function world(): Dataset {
  const rng = createRng(1);
  const events = sizes.items * 6;
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const genres = ids("g", 20);
  return createDataset({
    name: "bench",
    users: { ids: ids("u", 5000), columns: {} },
    items: {
      ids: ids("i", sizes.items),
      columns: {
        year: {
          kind: "numeric",
          values: Float64Array.from({ length: sizes.items }, () => 1950 + rng.int(70)),
        },
        genres: {
          kind: "multi",
          values: Array.from({ length: sizes.items }, () => rng.sample(genres, 1 + rng.int(3))),
        },
      },
    },
    interactions: {
      user: Int32Array.from({ length: events }, () => rng.int(5000)),
      item: Int32Array.from({ length: events }, (_, i) => i % sizes.items),
      value: new Float32Array(events).fill(9),
      time: Float64Array.from({ length: events }, () => 1.4e9 + rng.int(1e7)),
    },
    scale: { min: 0, max: 10, liked: 8 },
    synthetic: true,
  });
}

const dataset = world();
const known = frozenCatalogue(fitCatalogue(dataset, { minEvents: 5, atLeast: 8 }));
const { weights: likeWeights } = await fitLikeWeights(dataset, known.warm);
const catalogue = { ...known, likeWeights };
const learner = oneClassBayes(catalogue);
const prior = learner.prior(learner.init(createRng(1)));
const rng = createRng(2);

/** Somebody new each time, so that nothing but the catalogue can be remembered. */
async function adaptAndRank(): Promise<[ms: number, best: Int32Array]> {
  const history = {
    items: Int32Array.from(rng.sample(catalogue.warm, sizes.events)),
    values: Float32Array.from({ length: sizes.events }, () => rng.int(11)),
    times: Float64Array.from({ length: sizes.events }, (_, i) => 1.5e9 + i * 3600),
  };
  const time = 1.5e9 + 1e5 + rng.int(1e6);
  const start = performance.now();
  const [fitted] = await learner.adapt(prior, { history, time });
  const best = topN(await learner.score(prior, fitted, catalogue.warm), catalogue.warm, sizes.list, 0);
  return [performance.now() - start, best];
}

const times: number[] = [];
let consumed = 0;
for (let run = -runs.warmUp; run < runs.measured; run++) {
  const [ms, best] = await adaptAndRank();
  consumed += best[0] ?? 0;
  if (run >= 0) times.push(ms);
}
times.sort((a, b) => a - b);
const at = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
const [medianMs, p99Ms] = [at(0.5), at(0.99)];
const row = {
  workload: "adapt-and-rank",
  setting: { ...sizes, embeddingSize: 32 },
  threads: 1,
  system: "foretaste",
  medianMs,
  p99Ms,
  /** Of the machine at the end: whoever else computes shows in the 99th percentile. */
  load: loadavg()[0],
};
const what = "Adapting to one person with 20 events and ranking 10,000 items, in process, one core";
mkdirSync("bench/results", { recursive: true });
writeFileSync("bench/results/adapt.json", resultsText({ what, command: "npm run bench:adapt" }, [row]));
console.log(
  `${what}: median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms (${times.length} runs, check ${consumed})`,
);
