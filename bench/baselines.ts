/**
 * Speed of two baselines against what Python offers: `npm run bench:baselines`. One epoch of iALS (64 numbers, three steps
 * of conjugate gradients) beside benfred/implicit, the weights of EASE beside numpy. Sides are processes of their own that
 * take turns on the same cores; `bench/peers/setup` installs the peers.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { silentProgress } from "../src/base/progress.ts";
import type { Links } from "../src/baselines/als/plan.ts";
import { likesOf } from "../src/baselines/columns.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { loadData } from "../src/train/load-data.ts";
import { drawPairs, generateLikes } from "./baselines-data.ts";
import { type Side, startSide } from "./engine/side.ts";

/** What a side is told; likes lie in `folder` as int32: `offsets.bin`, `others.bin`, `pairs.bin`. */
export interface BaselineCase {
  readonly workload: "ials" | "ease";
  readonly data: string;
  readonly peer: string;
  readonly threads: number;
  readonly users: number;
  readonly items: number;
  readonly folder: string;
  readonly setting: Readonly<Record<string, number>>;
}

const { values: flags } = parseArgs({
  options: {
    data: { type: "string" },
    rounds: { type: "string", default: "7" },
    threads: { type: "string", default: "2" },
    /** A part of "ials ml-1m", "ials generated" or "ease ml-1m". */
    only: { type: "string", default: "" },
    out: { type: "string", default: "bench/results/baselines.json" },
  },
});
const threads = Number(flags.threads);
const folder = mkdtempSync(join(tmpdir(), "foretaste-baselines-"));
const ialsSetting = { embeddingSize: 64, alpha: 10, regularisation: 0.01, solverSteps: 3, epochs: 10 };
const generated = { users: 138_000, items: 27_000, likes: 20_000_000, seed: 1 };

/** MovieLens-1M, ratings of 3 and more; only items that somebody likes. */
async function movieLens(): Promise<[Links, number]> {
  const source = { name: "ml-1m", ...(flags.data === undefined ? {} : { path: flags.data }) };
  const { dataset } = await loadData(source, { progress: silentProgress });
  const { byUser, byItem } = likesOf({ ...dataset, scale: { ...dataset.scale, liked: 3 } });
  let items = 0;
  const place = Int32Array.from({ length: byItem.offsets.length - 1 }, (_, i) =>
    byItem.offsets[i + 1]! > byItem.offsets[i]! ? items++ : -1,
  );
  return [{ offsets: byUser.offsets, others: byUser.others.map((item) => place[item]!) }, items];
}

function writeLikes(likes: Links, items: number): void {
  const arrays = { ...likes, pairs: drawPairs(likes, items, 200_000) };
  for (const [name, array] of Object.entries(arrays)) writeFileSync(join(folder, `${name}.bin`), array);
}

function commandOf(workload: string, peer: string, path: string): string[] {
  const ours = [process.execPath, "scripts/run.mjs", "bench/baselines-side.ts", "--case", path];
  return peer === "foretaste"
    ? ours
    : ["bench/peers/.venv/bin/python", `bench/peers/${workload}.py`, "--case", path];
}

async function startAll(given: Omit<BaselineCase, "peer">, peers: readonly string[]): Promise<Side[]> {
  const sides: Side[] = [];
  for (const peer of ["foretaste", ...peers]) {
    const path = join(folder, `${peer}.json`);
    writeFileSync(path, JSON.stringify({ ...given, peer }));
    const side = await startSide(peer, commandOf(given.workload, peer, path), threads);
    if (typeof side === "string") throw new Error(`${peer}: ${side}`);
    sides.push(side);
  }
  return sides;
}

/** Both sides did the same: the same weights, or the same share of pairs in the right order. */
function checkAgreement([ours, ...peers]: readonly Side[], tolerance: number): void {
  const figures = ({ ready }: Side): number[] => [ready.loss, ...Object.values(ready.checks)];
  for (const peer of peers) {
    const [a, b] = [figures(ours!), figures(peer)];
    const apart = a.some((value, at) => Math.abs(value - b[at]!) > tolerance * Math.abs(b[at]!));
    if (apart) throw new Error(`${peer.name} comes to ${b.join(", ")}, we to ${a.join(", ")}`);
  }
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]): number => sorted(values)[values.length >> 1]!;

/** Rounds of turns of about a second each, a step at least. */
async function measure(sides: readonly Side[]): Promise<Map<Side, number[]>> {
  const times = new Map<Side, number[]>();
  const steps = Math.max(1, Math.round(1000 / median(await sides[0]!.run(3))));
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const side of sides) times.set(side, [...(times.get(side) ?? []), ...(await side.run(steps))]);
  return times;
}

async function measureCase(given: Omit<BaselineCase, "peer">, peers: readonly string[]): Promise<object[]> {
  const sides = await startAll(given, peers);
  checkAgreement(sides, given.workload === "ials" ? 0.01 : 0.001);
  const times = await measure(sides);
  const [own, ...others] = sides;
  const [ours, peakMb] = [times.get(own!)!, await own!.stop()];
  const { workload, data, setting, users, items } = given;
  const rows: object[] = [];
  for (const peer of others) {
    const theirs = median(times.get(peer)!);
    rows.push({
      workload,
      setting: { data, users, items, ...setting },
      threads,
      system: "foretaste",
      medianMs: median(ours),
      p99Ms: sorted(ours)[Math.floor(0.99 * ours.length)],
      peakMb,
      peer: peer.name,
      peerVersion: peer.ready.version,
      peerMedianMs: theirs,
      ratio: theirs / median(ours),
      peerPeakMb: await peer.stop(),
      load: loadavg()[0],
    });
    console.log(
      `${workload} ${data}: ours ${median(ours).toFixed(0)} ms, ${peer.name} ${theirs.toFixed(0)} ms, ratio ${(theirs / median(ours)).toFixed(2)}`,
    );
  }
  return rows;
}

const rows: object[] = [];
const wanted = (name: string): boolean => name.includes(flags.only);
if (wanted("ials ml-1m") || wanted("ease ml-1m")) {
  const [likes, items] = await movieLens();
  writeLikes(likes, items);
  const shared = { data: "ml-1m", threads, users: likes.offsets.length - 1, items, folder };
  if (wanted("ials ml-1m"))
    rows.push(...(await measureCase({ ...shared, workload: "ials", setting: ialsSetting }, ["implicit"])));
  if (wanted("ease ml-1m")) {
    const given = { ...shared, workload: "ease", setting: { regularisation: 1000 } } as const;
    rows.push(...(await measureCase(given, ["numpy-float32", "numpy-float64"])));
  }
}
if (wanted("ials generated")) {
  const likes = generateLikes(generated);
  writeLikes(likes, generated.items);
  const { users, items } = generated;
  const given = { data: "generated", threads, users, items, folder, workload: "ials" } as const;
  const setting = { ...ialsSetting, epochs: 3, likes: likes.others.length };
  rows.push(...(await measureCase({ ...given, setting }, ["implicit"])));
}
rmSync(folder, { recursive: true });
const what = "One epoch of iALS and the weights of EASE, in turns with their peers on the same cores";
writeFileSync(flags.out, resultsText({ what, command: "npm run bench:baselines" }, rows));
