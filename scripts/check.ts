// All of CI in one command: every step runs, whatever the one before said; the last line is "N passed, N failed", where
// a step counts as one and the tests count one by one. `npm run check -- lint types` runs those steps only.
import { spawn } from "node:child_process";
import { join } from "node:path";
import pc from "picocolors";

interface Step {
  readonly name: string;
  /** A JavaScript file and its arguments, run with this Node. */
  readonly run: readonly string[];
  readonly fix?: string;
}

const steps: readonly Step[] = [
  { name: "format", run: ["node_modules/@biomejs/biome/bin/biome", "check", "."], fix: "npm run format" },
  { name: "lint", run: ["node_modules/oxlint/bin/oxlint", "."] },
  { name: "types", run: ["node_modules/typescript/bin/tsc", "-p", "."] },
  { name: "layers", run: ["scripts/run.mjs", "scripts/layers.ts"] },
  {
    name: "results page",
    run: ["scripts/run.mjs", "scripts/results.ts", "--check"],
    fix: "npm run docs:results",
  },
  {
    name: "leaderboard page",
    run: ["scripts/run.mjs", "scripts/leaderboard.ts", "--check"],
    fix: "npm run docs:leaderboard",
  },
  {
    name: "performance page",
    run: ["scripts/run.mjs", "scripts/performance.ts", "--check"],
    fix: "npm run docs:performance",
  },
  {
    name: "transfer page",
    run: ["scripts/run.mjs", "scripts/transfer.ts", "--check"],
    fix: "npm run docs:transfer",
  },
  { name: "dead code", run: ["node_modules/knip/bin/knip.js", "--no-progress"] },
  { name: "tests", run: ["scripts/run.mjs", "scripts/test.ts"] },
];

const root = join(import.meta.dirname, "..");

interface Outcome {
  readonly code: number;
  /** Of the tests step: its own counts. */
  readonly counts: readonly [number, number] | undefined;
}

/** Runs one step with its output passed on as it comes; a terminal's Ctrl-C reaches the child by itself. */
function runStep({ run }: Step): Promise<Outcome> {
  const colour = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const child = spawn(process.execPath, run, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...colour },
  });
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.on("SIGTERM", forward);
  let tail = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    tail = (tail + text).slice(-200);
  });
  return new Promise((done) => {
    child.on("close", (code) => {
      process.off("SIGTERM", forward);
      const found = /(\d+) passed, (\d+) failed\s*$/.exec(tail);
      done({ code: code ?? 1, counts: found ? [Number(found[1]), Number(found[2])] : undefined });
    });
  });
}

let interrupted = false;
process.on("SIGINT", () => {
  interrupted = true;
});

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !steps.some((step) => step.name.startsWith(name)));
if (unknown !== undefined) {
  console.error(`check: expected one of ${steps.map((step) => step.name).join(", ")}, got "${unknown}"`);
  process.exit(2);
}

let [passed, failed] = [0, 0];
const summary: string[] = [];
for (const step of steps) {
  if (asked.length > 0 && !asked.some((name) => step.name.startsWith(name))) continue;
  console.log(pc.bold(`\n== ${step.name}`));
  const start = performance.now();
  const { code, counts } = await runStep(step);
  if (interrupted) process.exit(130);
  const [good, bad] = counts ?? (code === 0 ? [1, 0] : [0, 1]);
  passed += good;
  failed += code !== 0 && bad === 0 ? 1 : bad;
  const time = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const verdict = code === 0 ? pc.green("ok") : pc.red("failed");
  summary.push(
    `${step.name.padEnd(10)} ${verdict} ${time}${code !== 0 && step.fix ? `  try: ${step.fix}` : ""}`,
  );
}
console.log(`\n${summary.join("\n")}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
