import type { CompressionResult, Side } from "../../src/train/compress/run-compression.ts";
import type { Results } from "../results/page.ts";

interface Row extends CompressionResult {
  readonly seed: number;
}

/** `bench/results/compress.json`. */
export interface CompressResults extends Omit<Results, "rows"> {
  readonly rows: readonly Row[];
}

/** The goals: least share of the teacher's nDCG@10 that is kept, and how many times its speed. */
const goals = [
  { title: "The distilled encoder", methods: /^distil-/, keeps: 0.95, speed: 20 },
  { title: "8-bit integers", methods: /^int8/, keeps: 0.995, speed: 0 },
] as const;

/** What compression costs and brings: a line a goal, then a line a method and seed. */
export function compressSection({ what, command, commit, date, machine, rows }: CompressResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  const titles = ["method", "seed", "MB", "texts/s", "x", "ms alone", "nDCG@10", "of teacher's", "cosine"];
  const teacher = rows[0] === undefined ? [] : [line(teacherCells(rows[0], rows))];
  return [
    head,
    "",
    ...goals.map((goal) => goalLine(goal, rows)),
    "",
    line(titles),
    `|${"---|".repeat(titles.length)}`,
    ...teacher,
    ...rows.map((row) => line(cells(row))),
  ].join("\n");
}

const line = (of: readonly string[]): string => `| ${of.join(" | ")} |`;

/** As it is asked for. */
const nameOf = ({ method, allTexts }: Row): string => `${method}${allTexts ? " --all-texts" : ""}`;

/** Share of the teacher's nDCG@10 that is left. */
const kept = ({ before, after }: Row): number => after.ndcg.mean / before.ndcg.mean;
const timesAsFast = ({ before, after }: Row): number => after.textsPerSecond / before.textsPerSecond;

function goalLine({ title, methods, keeps, speed }: (typeof goals)[number], rows: readonly Row[]): string {
  const names = [...new Set(rows.map(nameOf))].filter((name) => methods.test(name));
  const found = names.map((name) => {
    const own = rows.filter((row) => nameOf(row) === name);
    const [share, fast] = [mean(own.map(kept)), mean(own.map(timesAsFast))];
    const reached = share >= keeps && fast >= speed ? "reached" : "not reached";
    return `\`${name}\` ${(100 * share).toFixed(2)} % at ${fast.toFixed(1)}x (${reached})`;
  });
  const goal = speed === 0 ? percent(keeps) : `${percent(keeps)} at ${speed}x the speed`;
  return `- ${title}, goal ${goal}: ${found.length === 0 ? "not measured" : found.join(", ")}.`;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The teacher runs again beside every student: medians of its speeds, the quality of the first seed. */
function teacherCells({ encoder, before }: Row, rows: readonly Row[]): string[] {
  const textsPerSecond = median(rows.map((row) => row.before.textsPerSecond));
  const millisecondsAlone = median(rows.map((row) => row.before.millisecondsAlone));
  const [size, many, alone, ndcg] = sideCells({ ...before, textsPerSecond, millisecondsAlone });
  return [encoder, "", size!, many!, "1", alone!, ndcg!, "100 %", ""];
}

function cells(row: Row): string[] {
  const { seed, before, after, difference, cosine } = row;
  const [size, many, alone, ndcg] = sideCells(after);
  const [low, high] = [difference.low, difference.high].map((change) =>
    percent(1 + change / before.ndcg.mean),
  );
  const share = `${percent(kept(row))} [${low}, ${high}]`;
  const fast = timesAsFast(row).toFixed(1);
  return [
    `\`${nameOf(row)}\``,
    String(seed),
    size!,
    many!,
    fast,
    alone!,
    ndcg!,
    share,
    cosine.mean.toFixed(3),
  ];
}

function sideCells({ bytes, textsPerSecond, millisecondsAlone, ndcg }: Side): string[] {
  const speed = textsPerSecond.toFixed(textsPerSecond < 100 ? 1 : 0);
  return [(bytes / 1e6).toFixed(1), speed, millisecondsAlone.toFixed(1), ndcg.mean.toFixed(4)];
}
