/**
 * Texts a second of Universal Sentence Encoder lite, ours beside TensorFlow.js', in turns on the same titles and plots of
 * MovieLens-1M: `npm run bench:use-lite [-- --data ../shared/data --texts 128 --rounds 5]`. The peer is installed by
 * `npm ci` in bench/peers/use-lite. Processor time stands beside time on the clock, because a busy machine stretches only the latter.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { silentProgress } from "../src/base/progress.ts";
import { useLite } from "../src/encoders/pretrained/use-lite/use-lite.ts";
import { resultsText } from "../src/evaluate/results.ts";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    texts: { type: "string", default: "128" },
    rounds: { type: "string", default: "5" },
  },
});

interface Run {
  readonly ms: number;
  readonly cpuMs: number;
  readonly vectors: readonly ArrayLike<number>[];
}

/** Embeds texts, `each` of them a call. */
interface Side {
  readonly name: string;
  readonly each: number;
  run(texts: readonly string[]): Promise<Run>;
}

/** Every 16th film with a plot or so: titles, and titles with plots. */
function filmTexts(count: number): { titles: string[]; plots: string[] } {
  const lines = readFileSync(`${flags.data}/ml-1m/melu/movies_extrainfos.dat`, "utf8").trim().split("\n");
  const step = Math.floor(lines.length / count);
  const films = lines.filter((_, i) => i % step === 0).slice(0, count);
  const fields = films.map((line) => line.split("::"));
  return { titles: fields.map((f) => f[1]!), plots: fields.map((f) => `${f[1]}. ${f[9]}`) };
}

async function startPeer(): Promise<{
  run: (texts: readonly string[], each: number) => Promise<Run>;
  stop: () => void;
}> {
  const child = spawn(process.execPath, ["bench/peers/use-lite/peer.mjs"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
  console.log("TensorFlow.js backend:", await next());
  return {
    async run(texts, each) {
      child.stdin.write(`${JSON.stringify({ texts, each })}\n`);
      return (await next()) as Run;
    },
    stop: () => child.stdin.end(),
  };
}

function ours(threads: number, each: number): Side {
  const encoder = useLite({ threads });
  return {
    name: `foretaste, ${threads} thread${threads > 1 ? "s" : ""}`,
    each,
    async run(texts) {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      const vectors: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += each) {
        const { data, width } = await encoder.embed(texts.slice(i, i + each), { progress: silentProgress });
        for (let row = 0; row * width < data.length; row++)
          vectors.push(data.subarray(row * width, (row + 1) * width));
      }
      const used = process.cpuUsage(cpu);
      return { ms: performance.now() - start, cpuMs: (used.user + used.system) / 1000, vectors };
    },
  };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

function worstDifference(a: Run, b: Run): number {
  return Math.max(
    ...a.vectors.map((v, i) =>
      Array.from(v).reduce((m, x, j) => Math.max(m, Math.abs(x - b.vectors[i]![j]!)), 0),
    ),
  );
}

async function measure(kind: string, texts: readonly string[], sides: readonly Side[]): Promise<object[]> {
  const runs = sides.map((): Run[] => []);
  for (const side of sides) await side.run(texts);
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const [i, side] of sides.entries()) runs[i]!.push(await side.run(texts));
  return sides.map(({ name, each }, i) => {
    const medianMs = median(runs[i]!.map(({ ms }) => ms));
    const cpuMs = median(runs[i]!.map((run) => run.cpuMs));
    const row = {
      texts: kind,
      count: texts.length,
      side: name,
      textsACall: each,
      textsPerSecond: (1000 * texts.length) / medianMs,
      cpuMsPerText: cpuMs / texts.length,
      worstDifference: worstDifference(runs[i]![0]!, runs[0]![0]!),
      load: loadavg()[0],
    };
    console.log(JSON.stringify(row));
    return row;
  });
}

const count = Number(flags.texts);
const { titles, plots } = filmTexts(count);
const peer = await startPeer();
const theirs = (each: number): Side => ({
  name: "TensorFlow.js",
  each,
  run: (texts) => peer.run(texts, each),
});
const sides = [theirs(1), theirs(32), ours(1, 1), ours(1, count), ours(2, 1), ours(2, count)];
const rows = [
  ...(await measure("titles", titles, sides)),
  ...(await measure("titles and plots", plots, sides)),
];
peer.stop();
const header = {
  what: "Texts a second of Universal Sentence Encoder lite, ours beside TensorFlow.js (WebAssembly), in turns; worstDifference is from its vectors",
  command: "npm run bench:use-lite",
};
writeFileSync("bench/results/use-lite.json", resultsText(header, rows));
