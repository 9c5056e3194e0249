/**
 * Texts a second of all-MiniLM-L6-v2: ours beside transformers.js and sentence-transformers with the same weights, in turns
 * on the same titles and plots of MovieLens-1M: `npm run bench:encoders [-- --data ../shared/data --texts 256 --rounds 5 --threads 2]`.
 * Peers: `npm ci --ignore-scripts` in bench/peers/encoders, `--python` names a Python with torch, transformers, onnx and
 * sentence-transformers. The weights are those of `node scripts/run.mjs scripts/encoders.ts`.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { silentProgress } from "../src/base/progress.ts";
import { encodersFolder, openTextEncoder } from "../src/encoders/pretrained/open-text-encoder.ts";
import { resultsText } from "../src/evaluate/results.ts";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    texts: { type: "string", default: "256" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    python: { type: "string", default: "bench/peers/.venv/bin/python" },
    out: { type: "string", default: "bench/results/encoders.json" },
  },
});

const model = "all-MiniLM-L6-v2";
const checkpoint = join(encodersFolder(), model);

interface Run {
  readonly ms: number;
  readonly cpuMs: number;
  readonly vectors: readonly ArrayLike<number>[];
}

interface Side {
  readonly name: string;
  run(texts: readonly string[]): Promise<Run>;
}

/** A process that answers a line with a line. */
interface Peer {
  readonly version: string;
  ask(order: object): Promise<Run>;
  stop(): void;
}

async function startPeer(command: string, ...args: string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
  const { version } = (await next()) as { version: string };
  return {
    version,
    async ask(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      return (await next()) as Run;
    },
    stop: () => child.stdin.end(),
  };
}

/** Titles and plots of films that lie evenly in the file. */
function filmTexts(count: number): string[] {
  const lines = readFileSync(`${flags.data}/ml-1m/melu/movies_extrainfos.dat`, "utf8").trim().split("\n");
  const films = lines.map((line) => line.split("::")).filter((fields) => (fields[9] ?? "") !== "");
  const step = Math.floor(films.length / count);
  return films
    .filter((_, i) => i % step === 0)
    .slice(0, count)
    .map((fields) => `${fields[1]}. ${fields[9]}`);
}

async function ours(threads: number): Promise<Side> {
  const encoder = await openTextEncoder(model, { threads });
  return {
    name: "foretaste",
    async run(texts) {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      const { data, width } = await encoder.embed(texts, { progress: silentProgress });
      const { user, system } = process.cpuUsage(cpu);
      const vectors = texts.map((_, i) => data.subarray(i * width, (i + 1) * width));
      return { ms: performance.now() - start, cpuMs: (user + system) / 1000, vectors };
    },
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function worstDifference(a: Run, b: Run): number {
  const far = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
  return Math.max(...a.vectors.map((vector, i) => far(vector, b.vectors[i]!)));
}

async function measure(
  texts: readonly string[],
  sides: readonly Side[],
  reference: number,
): Promise<object[]> {
  const first: Run[] = [];
  for (const side of sides) first.push(await side.run(texts));
  const runs = sides.map((): Omit<Run, "vectors">[] => []);
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [i, side] of sides.entries()) {
      // Threads of the side before spin for a while before they sleep.
      await setTimeout(1000);
      const { ms, cpuMs } = await side.run(texts);
      runs[i]!.push({ ms, cpuMs });
    }
  }
  return sides.map(({ name }, i) => {
    const rates = runs[i]!.map(({ ms }) => (1000 * texts.length) / ms);
    return {
      side: name,
      threads: Number(flags.threads),
      texts: texts.length,
      textsPerSecond: median(rates),
      slowest: Math.min(...rates),
      fastest: Math.max(...rates),
      cpuMsPerText: median(runs[i]!.map(({ cpuMs }) => cpuMs)) / texts.length,
      worstDifference: worstDifference(first[i]!, first[reference]!),
      load: loadavg()[0],
    };
  });
}

const work = mkdtempSync(join(tmpdir(), "foretaste-bench-encoders-"));
const exported = join(work, model);
try {
  execFileSync(flags.python, ["bench/peers/encoders/export.py", checkpoint, exported], { stdio: "ignore" });
  const js = await startPeer(process.execPath, "bench/peers/encoders/peer.mjs", exported, flags.threads);
  const py = await startPeer(flags.python, "bench/peers/encoders/peer.py", checkpoint, flags.threads);
  const jsSide = (batch: number, sorted: boolean): Side => ({
    name: `transformers.js ${js.version}, ${batch} a call${sorted ? ", sorted by length beforehand" : ""}`,
    run: (texts) => js.ask({ texts, batch, sorted }),
  });
  const sides: Side[] = [
    await ours(Number(flags.threads)),
    jsSide(1, false),
    jsSide(8, true),
    jsSide(8, false),
    jsSide(32, false),
    { name: `sentence-transformers ${py.version}`, run: (texts) => py.ask({ texts, batch: 32 }) },
  ];
  const rows = await measure(filmTexts(Number(flags.texts)), sides, sides.length - 1);
  for (const row of rows) console.log(JSON.stringify(row));
  js.stop();
  py.stop();
  mkdirSync("bench/results", { recursive: true });
  const header = {
    what: `Texts a second of ${model} in float32 on titles and plots of MovieLens-1M, all sides in turns; worstDifference is from sentence-transformers' vectors`,
    command: "npm run bench:encoders",
  };
  writeFileSync(flags.out, resultsText(header, rows));
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(0);
