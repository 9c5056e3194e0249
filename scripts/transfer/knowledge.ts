import type { Results } from "../results/page.ts";

interface Row {
  readonly seed: number;
  readonly encoder: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly width: number;
}

/** `bench/results/knowledge.json`. */
export interface KnowledgeResults extends Omit<Results, "rows"> {
  readonly rows: readonly Row[];
}

/** A line an encoder, a column a seed, best first. */
export function knowledgeSection({ what, command, commit, date, machine, rows }: KnowledgeResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const encoders = [...new Set(rows.map(({ encoder }) => encoder))].map((encoder) => {
    const own = rows.filter((row) => row.encoder === encoder);
    return { encoder, own, mean: own.reduce((sum, row) => sum + row.mean, 0) / own.length };
  });
  const lines = encoders
    .sort((a, b) => b.mean - a.mean)
    .map(({ encoder, own, mean }) => {
      const cells = own.map(
        (row) => `${row.mean.toFixed(3)} [${row.low.toFixed(3)}, ${row.high.toFixed(3)}]`,
      );
      return `| ${encoder} | ${own[0]?.width || ""} | ${mean.toFixed(4)} | ${cells.join(" | ")} |`;
    });
  const titles = ["encoder", "width", "nDCG@10", ...seeds.map((seed) => `seed ${seed}`)];
  return [head, "", `| ${titles.join(" | ")} |`, `|${"---|".repeat(titles.length)}`, ...lines].join("\n");
}
