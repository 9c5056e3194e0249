import type { Results } from "../results/page.ts";

interface Row {
  readonly encoder: string;
  readonly state?: string;
  readonly shots?: number | "all";
  readonly metric: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** `bench/results/pretrained.json`. */
export interface PretrainedResults extends Omit<Results, "rows"> {
  readonly rows: readonly Row[];
}

const metrics = ["mae", "mae_median", "ndcg_exp@3", "coverage_90"];
const states = ["cold-user", "cold-item", "both-cold"];

/** What an encoder of the items' texts buys: a line an encoder and metric. */
export function pretrainedSection({ what, command, commit, date, machine, rows }: PretrainedResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  const encoders = [...new Set(rows.map(({ encoder }) => encoder))];
  const lines = metrics.flatMap((metric) =>
    encoders.map((encoder) => {
      const cells = states.map((state) => cell(rows, { encoder, metric, state }));
      return `| ${metric} | ${encoder} | ${cells.join(" | ")} |`;
    }),
  );
  return [head, "", `| | encoder | ${states.join(" | ")} |`, "|---|---|---|---|---|", ...lines].join("\n");
}

function cell(rows: readonly Row[], { encoder, metric, state }: Record<string, string>): string {
  const found = rows.find(
    (row) => row.encoder === encoder && row.metric === metric && row.state === state && row.shots === "all",
  );
  if (found === undefined) return "-";
  const [mean, low, high] = [found.mean, found.low, found.high].map((x) => x.toFixed(3));
  return `${mean} [${low}, ${high}]`;
}
