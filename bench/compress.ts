// What compression of all-MiniLM-L6-v2 costs and brings on MovieLens-1M: size, speed beside the teacher in the same run, and
// nDCG@10 of strict cold items by a linear scorer on the vectors. `-- --methods int8,distil-bag --seeds 1,2,3 --all-texts`;
// methods that are not asked for keep their rows.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { compressionMethods, defaultCompression } from "../src/train/compress/methods.ts";
import { runCompression } from "../src/train/compress/run-compression.ts";

const file = join(import.meta.dirname, "results/compress.json");
const { values: flags } = parseArgs({
  options: {
    methods: { type: "string", default: "int8,int8-static,low-rank,prune,distil-bag,distil-transformer" },
    encoder: { type: "string", default: "all-MiniLM-L6-v2" },
    seeds: { type: "string", default: "1" },
    steps: { type: "string", default: String(defaultCompression.steps) },
    "all-texts": { type: "boolean", default: false },
  },
});
interface Row {
  readonly method: string;
  readonly seed: number;
  readonly allTexts?: boolean;
}
const allTexts = flags["all-texts"];
const settings = { ...defaultCompression, steps: Number(flags.steps) };
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = createLines({ write, clock: systemClock, everyMs: 20_000 });
const folder = mkdtempSync(join(tmpdir(), "foretaste-compress-"));
const known = (): Row[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows : [];

for (const seed of flags.seeds.split(",").map(Number)) {
  for (const method of compressionMethods.filter((name) => flags.methods.split(",").includes(name))) {
    const request = {
      encoder: flags.encoder,
      method,
      settings,
      seed,
      people: 6000,
      threads: 1,
      force: true,
      allTexts,
    };
    const limits = { tolerance: 0.05, agreement: 0.5 };
    const output = join(folder, `${method}-${seed}`);
    const data = { name: "ml-1m" };
    const all = { ...request, ...limits, data, output, cache: ".foretaste/vectors" };
    const result = await runCompression(all, { progress });
    write(JSON.stringify(result));
    const rows = known().filter(
      (row) => row.method !== method || row.seed !== seed || (row.allTexts ?? false) !== allTexts,
    );
    const what = `${flags.encoder} compressed, on MovieLens-1M's titles and plots`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      resultsText({ what, command: "npm run bench:compress" }, [...rows, { ...result, seed, settings }]),
    );
  }
}
rmSync(folder, { recursive: true });
