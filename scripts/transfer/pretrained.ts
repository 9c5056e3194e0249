import type { Results } from "../results/page.ts";

interface Row {
  readonly protocol: string;
  readonly system: string;
  readonly encoder: string;
  /** Of comparisons with the best baseline. */
  readonly baseline?: string;
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

const melu = {
  protocol: "melu",
  metrics: ["mae", "mae_median", "ndcg_exp@3", "coverage_90"],
  states: ["cold-user", "cold-item", "both-cold"],
};
const coldItems = {
  protocol: "cold-items",
  metrics: ["ndcg_binary@10", "recall@10", "mrr@10"],
  states: ["cold-item", "all-items"],
};

/** What an encoder of the items' texts buys: a line a metric, system and encoder. */
export function pretrainedSection({ what, command, commit, date, machine, rows }: PretrainedResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  return [head, ...[melu, coldItems].map((board) => table(board, rows))].join("\n\n");
}

function table({ protocol, metrics, states }: typeof melu, rows: readonly Row[]): string {
  const own = rows.filter((row) => row.protocol === protocol && row.baseline === undefined);
  const sides = [...new Map(own.map((row) => [`${row.system} | ${row.encoder}`, row])).values()];
  const lines = metrics.flatMap((metric) =>
    sides.map(({ system, encoder }) => {
      const ofSide = own.filter((row) => row.system === system && row.encoder === encoder);
      const cells = states.map((state) => cell(ofSide, { metric, state }));
      return `| ${metric} | ${system} | ${encoder} | ${cells.join(" | ")} |`;
    }),
  );
  const rule = `|${"---|".repeat(states.length + 3)}`;
  return [`| \`${protocol}\` | system | encoder | ${states.join(" | ")} |`, rule, ...lines].join("\n");
}

function cell(rows: readonly Row[], { metric, state }: { metric: string; state: string }): string {
  const found = rows.find((row) => row.metric === metric && row.state === state && row.shots === "all");
  if (found === undefined) return "-";
  const [mean, low, high] = [found.mean, found.low, found.high].map((x) => x.toFixed(3));
  return `${mean} [${low}, ${high}]`;
}
