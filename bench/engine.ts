/**
 * Foretaste's tensor engine against PyTorch, JAX, learn2learn, TorchOpt and jax-js: `npm run bench:engine`. Peers are set
 * up at first. Every side of a row is a process of its own; they take turns in rounds, on the same
 * cores and the same numbers, and must agree on the loss to five digits and on the norm of every gradient to three.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resultsText } from "../src/evaluate/results.ts";
import { encodeTensors } from "../src/tensor/safetensors/safetensors.ts";
import { arraysOf, type Case, caseName, cases } from "./engine/cases.ts";
import { ceilings } from "./engine/ceilings.ts";
import { compiled, prepare } from "./engine/prepare.ts";
import { type Side, startSide } from "./engine/side.ts";

const { values: options } = parseArgs({
  options: {
    /** Keeps the rows that the results file has; without it everything is measured again. */
    continue: { type: "boolean", default: false },
    /** A part of the names of the rows wanted. */
    only: { type: "string", default: "" },
    peers: { type: "string", default: "torch-loop,torch-func,jax,learn2learn,torchopt,jax-js" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "5" },
    out: { type: "string", default: "bench/results/engine.json" },
  },
});

interface Row {
  readonly row: string;
  readonly case: string;
  readonly setting: Case["settings"];
  readonly threads: number;
  readonly peer: string;
  readonly [figure: string]: unknown;
}

const folder = mkdtempSync(join(tmpdir(), "foretaste-engine-"));
const command = "npm run bench:engine";
const what =
  "One step (loss and all gradients) of Foretaste's engine and of its peers, in turns on the same cores";
const rows: Row[] = options.continue && existsSync(options.out) ? readRows() : [];
const aborted = new AbortController();
process.once("SIGINT", () => {
  console.log("Stopping after this round; --continue goes on from here.");
  aborted.abort();
});

function readRows(): Row[] {
  return (JSON.parse(readFileSync(options.out, "utf8")) as { rows: Row[] }).rows;
}

function save(): void {
  mkdirSync("bench/results", { recursive: true });
  const order = ["ceilings", ...cases.map(caseName)];
  const place = ({ row, threads }: Row): number => threads * order.length + order.indexOf(row);
  writeFileSync(
    options.out,
    resultsText(
      { what, command },
      rows.toSorted((a, b) => place(a) - place(b)),
    ),
  );
}

function commandOf(system: string, casePath: string): string[] {
  if (system === "foretaste") return [process.execPath, compiled("ours"), "--case", casePath];
  if (system === "jax-js") return [process.execPath, "bench/peers/jax-js/peer.mjs", "--case", casePath];
  return ["bench/peers/.venv/bin/python", "bench/peers/peer.py", "--case", casePath];
}

async function startAll(of: Case, threads: number): Promise<Side[]> {
  const data = join(folder, "data.safetensors");
  const tensors = Object.entries(arraysOf(of)).map(([name, t]) => [name, { dtype: "F32", ...t }] as const);
  writeFileSync(data, encodeTensors(Object.fromEntries(tensors)));
  const sides: Side[] = [];
  for (const name of ["foretaste", ...options.peers.split(",")]) {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify({ ...of, peer: name, threads, data }));
    const side = await startSide(name, commandOf(name, path), threads);
    if (typeof side === "string") console.log(`  ${name}: ${side}`);
    else sides.push(side);
  }
  return sides;
}

/** All sides computed the same thing. */
function checkAgreement([ours, ...peers]: readonly Side[]): void {
  const near = (a: number, b: number, digits: number): boolean =>
    Math.abs(a - b) <= 10 ** -digits * Math.max(Math.abs(b), 1e-3);
  for (const peer of peers) {
    if (!near(ours!.ready.loss, peer.ready.loss, 5))
      throw new Error(`${peer.name}: loss ${peer.ready.loss}, ours ${ours!.ready.loss}`);
    for (const [name, norm] of Object.entries(ours!.ready.checks)) {
      const theirs = peer.ready.checks[name] ?? Number.NaN;
      if (!near(norm, theirs, 3))
        throw new Error(`${peer.name}: gradient of ${name} ${theirs}, ours ${norm}`);
    }
  }
}

/** A step as slow as this is measured in every third round only, and needs no warming up. */
const SLOW_MS = 1000;
/** Length of a turn, after half as long without timing: a process that waited finds its caches cold. */
const TURN_MS = 300;

/** Rounds of turns, at least one step each. */
async function measure(sides: readonly Side[]): Promise<Map<Side, number[]>> {
  const times = new Map<Side, number[]>(sides.map((side) => [side, []]));
  const oneStep = new Map<Side, number>();
  for (const side of sides) {
    const [first] = await side.run(1);
    oneStep.set(side, first! > SLOW_MS ? first! : (await side.run(1))[0]!);
  }
  for (let round = 0; round < Number(options.rounds) && !aborted.signal.aborted; round++)
    for (const side of sides) {
      const ms = oneStep.get(side)!;
      if (ms < SLOW_MS || round % 3 === 0) times.get(side)!.push(...(await turn(side, ms)));
    }
  return times;
}

async function turn(side: Side, ms: number): Promise<number[]> {
  const steps = Math.max(1, Math.round(TURN_MS / ms));
  if (ms < SLOW_MS) await side.run(Math.ceil(steps / 2));
  return side.run(steps);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function measureRow(of: Case, threads: number): Promise<void> {
  const sides = await startAll(of, threads);
  checkAgreement(sides);
  const times = await measure(sides);
  const found = [];
  for (const side of sides) found.push({ side, ms: median(times.get(side)!), peakMb: await side.stop() });
  const [ours, ...peers] = found;
  if (aborted.signal.aborted) return;
  const shared = { row: caseName(of), case: of.case, setting: of.settings, threads };
  const own = {
    ...ours!.side.ready.cost,
    ourMs: ours!.ms,
    ourPeakMb: ours!.peakMb,
    ourCompileMs: ours!.side.ready.compile_ms,
  };
  for (const { side, ms, peakMb } of peers) {
    const { version, compile_ms: compileMs } = side.ready;
    rows.push({ ...shared, peer: side.name, version, ...own, ms, ratio: ms / ours!.ms, peakMb, compileMs });
    console.log(
      `  ${side.name.padEnd(13)} ${ms.toFixed(2).padStart(9)} ms  ours ${ours!.ms.toFixed(2)} ms  ${(ms / ours!.ms).toFixed(1)}x`,
    );
  }
  save();
}

prepare();
const wanted = cases.filter((of) => caseName(of).includes(options.only));
for (const threads of options.threads.split(",").map(Number)) {
  if (!rows.some((row) => row.case === "ceilings" && row.threads === threads)) {
    rows.push({
      row: "ceilings",
      case: "ceilings",
      setting: {},
      threads,
      peer: "",
      ...ceilings(threads),
    });
    save();
  }
  for (const [i, of] of wanted.entries()) {
    if (aborted.signal.aborted || rows.some((row) => row.row === caseName(of) && row.threads === threads))
      continue;
    console.log(`[${i + 1}/${wanted.length}] ${caseName(of)}, ${threads} thread${threads === 1 ? "" : "s"}`);
    await measureRow(of, threads);
  }
}
rmSync(folder, { recursive: true });
