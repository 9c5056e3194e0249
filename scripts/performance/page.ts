import type { Results } from "../results/page.ts";

/** One peer on one row, beside ours. Times are medians in milliseconds, memory is in MB. */
export interface EngineRow {
  readonly row: string;
  readonly case: string;
  readonly threads: number;
  readonly peer: string;
  readonly ms: number;
  readonly ourMs: number;
  /** Their time over ours. */
  readonly ratio: number;
  readonly peakMb: number;
  readonly ourPeakMb: number;
  readonly compileMs: number;
  readonly ourCompileMs: number;
  readonly flops: number;
  readonly bytes: number;
  readonly nodes: number;
  readonly version: string;
  /** Of the row "ceilings" only: 10^9 floating-point operations and bytes a second. */
  readonly gflops?: number;
  readonly gigabytes?: number;
}

export interface EngineResults extends Omit<Results, "rows"> {
  readonly rows: readonly EngineRow[];
}

/** What the project set out to reach on every MAML row. */
const goals = [
  { peers: ["torch-loop"], times: 20, what: "the loop over tasks that published code writes" },
  { peers: ["torch-func"], times: 5, what: "`torch.func`" },
  { peers: ["jax"], times: 2, what: "jitted JAX" },
] as const;

/** The text of `docs/performance.md`. */
export function performancePage({ what, command, commit, date, machine, rows }: EngineResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const measured = rows.filter((row) => row.case !== "ceilings");
  const threads = [...new Set(measured.map((row) => row.threads))];
  const where = `Commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  return `${[
    intro(command),
    `${what}. ${where} Peers: ${versions(measured)}.`,
    "![How many times faster than each peer, by row](performance.svg)",
    "## Goals",
    goalLines(measured),
    ...threads.map((n) => `## ${n === 1 ? "One thread" : `${n} threads`}\n${speedTable(measured, n)}`),
    "## Compiling and memory",
    costText,
    costTable(measured),
    "## How far from what the machine can do",
    ceilingText(rows),
    ceilingTable(measured, rows),
    limitText,
  ].join("\n\n")}\n`;
}

function intro(command: string): string {
  return `# Performance of the tensor engine

Written by \`npm run docs:performance\` from \`bench/results/engine.json\`; no figure here is typed. To repeat the measurement:
\`${command}\` (it sets the Python peers up first, in \`bench/peers\`, and takes about half an hour; \`-- --only "MAML, 32"\` measures some
rows, \`-- --continue\` goes on after a stop).

Every system of a row computes the same loss and the same gradients from the same numbers; losses are compared to five digits and
the norm of every gradient to three before anything is timed. Systems are processes of their own, pinned to the same cores, and take
turns in rounds; a turn begins with some steps that are not timed, and a figure is the median of all others. Our side is written the plain way, one task at a time
(\`bench/engine/traces.ts\`): \`map\` and the compiler do the rest. "Inputs 768" are 256 columns of embeddings, whose gradient is asked
for, and 512 of text, whose gradient is not.`;
}

function versions(rows: readonly EngineRow[]): string {
  const seen = new Map(rows.map((row) => [row.peer, row.version]));
  return [...seen].map(([peer, version]) => `${peer} ${version}`).join(", ");
}

function goalLines(rows: readonly EngineRow[]): string {
  const maml = rows.filter((row) => row.case === "maml");
  const lines = goals.map(({ peers, times, what }) => {
    const judged = maml.filter((row) => (peers as readonly string[]).includes(row.peer));
    const missed = judged.filter((row) => row.ratio < times);
    const least = Math.min(...judged.map((row) => row.ratio));
    const verdict =
      missed.length === 0
        ? `reached on all ${judged.length} MAML rows`
        : `reached on ${judged.length - missed.length} of ${judged.length} MAML rows; missed by ${missed.map(named).join("; ")}`;
    return `- **${times} times ${what}**: ${verdict}. The least is ${least.toFixed(1)} times.`;
  });
  const slow = groups(rows).filter(([row]) => row!.ourCompileMs >= 1000);
  const compile = Math.max(...rows.map((row) => row.ourCompileMs));
  const memory = memoryMisses(maml);
  const others = memoryMisses(rows.filter((row) => row.case !== "maml"));
  return [
    ...lines,
    `- **Compiling under a second**: ${slow.length === 0 ? "reached on every row" : `missed by ${slow.map(([row]) => `${row!.row}, ${threadsOf(row!)}`).join("; ")}`}. The longest took ${(compile / 1000).toFixed(2)} s.`,
    `- **No more memory than the leanest peer**: on MAML ${memory.length === 0 ? "reached on every row" : `missed by ${memory.join("; ")}`}; missed on ${others.length} of the others, whose leaner peer the table below names (for one thread).`,
  ].join("\n");
}

const threadsOf = ({ threads }: EngineRow): string => `${threads} thread${threads === 1 ? "" : "s"}`;

const named = (row: EngineRow): string => `${row.row}, ${threadsOf(row)} (${row.ratio.toFixed(2)})`;

function memoryMisses(rows: readonly EngineRow[]): string[] {
  return groups(rows).flatMap((group) => {
    const leanest = group.reduce((a, b) => (b.peakMb < a.peakMb ? b : a));
    const [{ row, ourPeakMb }] = group as [EngineRow];
    if (ourPeakMb <= leanest.peakMb) return [];
    return [
      `${row}, ${threadsOf(group[0]!)} (${ourPeakMb.toFixed(0)} MB, ${leanest.peer} ${leanest.peakMb.toFixed(0)})`,
    ];
  });
}

/** The peers of one row and number of threads. */
function groups(rows: readonly EngineRow[]): EngineRow[][] {
  const found = new Map<string, EngineRow[]>();
  for (const row of rows) {
    const key = `${row.row} ${row.threads}`;
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found.values()];
}

function speedTable(rows: readonly EngineRow[], threads: number): string {
  const peers = [...new Set(rows.map((row) => row.peer))];
  const cells = groups(rows.filter((row) => row.threads === threads)).map((group) => [
    group[0]!.row,
    `**${ms(group[0]!.ourMs)}**`,
    ...peers.map((peer) => {
      const row = group.find((each) => each.peer === peer);
      return row === undefined ? "" : `${ms(row.ms)} (${times(row.ratio)}x)`;
    }),
  ]);
  return `Milliseconds a step; in brackets, how many times as long as ours.\n\n${table(["", "ours", ...peers], cells)}`;
}

const costText = `Compiling is everything from the first traced operator to a program that can run (JAX: tracing, XLA and the first run; ours:
the trace, derivatives, passes and onnxruntime's session). Memory is the peak of the resident set of the process, data and
interpreter included.`;

function costTable(rows: readonly EngineRow[]): string {
  const cells = groups(rows.filter((row) => row.threads === 1)).map((group) => {
    const jax = group.find((row) => row.peer === "jax");
    const leanest = group.reduce((a, b) => (b.peakMb < a.peakMb ? b : a));
    const [first] = group as [EngineRow];
    return [
      first.row,
      (first.ourCompileMs / 1000).toFixed(2),
      jax === undefined ? "" : (jax.compileMs / 1000).toFixed(2),
      first.ourPeakMb.toFixed(0),
      `${leanest.peakMb.toFixed(0)} (${leanest.peer})`,
      String(first.nodes),
    ];
  });
  return table(["", "compile s", "JAX s", "peak MB", "leanest peer", "operators"], cells);
}

function ceilingText(rows: readonly EngineRow[]): string {
  const lines = rows
    .filter((row) => row.case === "ceilings")
    .map(
      ({ threads, gflops, gigabytes }) =>
        `${threads} thread${threads === 1 ? "" : "s"}: ${gflops?.toFixed(0)} GFLOP/s in one product of two 768 x 768 matrices, ${gigabytes?.toFixed(0)} GB/s adding arrays of 0.5 MB, which a core's cache holds`,
    );
  return `Measured through onnxruntime in the same run: ${lines.join("; ")}. Operations are those of the compiled program (two for a multiply-add,
one for an element of anything else); bytes are what its operators read and write if nothing stays in a cache.`;
}

const limitText = `What stands between a row and the ceiling: products of 10 to 20 rows a task have to be made task by task and run well
below it; element-wise operators move data and compute little; and every operator of a program takes time to start,
which shows on the small rows. Arithmetic that can be saved is saved (weights are kept as factors, equal products are shared), so the
peers do more operations for the same numbers; where little can be saved, as in ANIL, the Bayes head and the MLP, kernels meet
kernels. The goal of 20 times was set against the loop of PyTorch 1.13, several releases older than the one measured.`;

function ceilingTable(rows: readonly EngineRow[], all: readonly EngineRow[]): string {
  const cells = groups(rows).map((group) => {
    const [{ row, threads, flops, bytes, ourMs }] = group as [EngineRow];
    const best = all.find((each) => each.case === "ceilings" && each.threads === threads);
    const rate = flops / ourMs / 1e6;
    const flow = bytes / ourMs / 1e6;
    const share = (part: number, whole: number | undefined): string =>
      whole === undefined ? "" : `${Math.round((100 * part) / whole)} %`;
    return [
      row,
      String(threads),
      (flops / 1e6).toFixed(0),
      (bytes / 1e6).toFixed(0),
      `${rate.toFixed(0)} (${share(rate, best?.gflops)})`,
      `${flow.toFixed(0)} (${share(flow, best?.gigabytes)})`,
    ];
  });
  return table(["", "threads", "MFLOP", "MB", "GFLOP/s (of ceiling)", "GB/s (of ceiling)"], cells);
}

const times = (x: number): string => (x >= 10 ? x.toFixed(0) : x.toFixed(x >= 1 ? 1 : 2));

const ms = (x: number): string => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
