import type { Results } from "../results/page.ts";

interface Bounds {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

interface QualityRow extends Bounds {
  readonly seed: number;
  readonly fusion: string;
  readonly state: string;
  readonly againstSum: Bounds;
}

interface Counted {
  readonly present: number;
  readonly gate: number;
  readonly share: number;
}

interface ModalityRow {
  readonly seed: number;
  readonly fusion: string;
  readonly modality: string;
  readonly warm: Counted;
  readonly cold: Counted;
  readonly loss: Readonly<Record<string, Bounds>>;
}

/** `bench/results/fusion.json`. */
export interface FusionResults extends Omit<Results, "rows"> {
  readonly rows: readonly (QualityRow | ModalityRow)[];
}

/** What each way is worth, a line a way and state, a column a seed; then what each modality does, a line each. */
export function fusionSection({ what, command, commit, date, machine, rows }: FusionResults): string {
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  const quality = rows.filter((row) => "state" in row);
  const modalities = rows.filter((row) => "modality" in row);
  return [head, "", ...qualityTable(quality), "", ...modalityTable(modalities)].join("\n");
}

function qualityTable(rows: readonly QualityRow[]): string[] {
  const seeds = unique(rows.map(({ seed }) => seed));
  const lines = unique(rows.map(({ state }) => state)).flatMap((state) =>
    unique(rows.map(({ fusion }) => fusion)).map((fusion) => {
      const own = rows.filter((row) => row.state === state && row.fusion === fusion);
      const cells = seeds.map((seed) => {
        const found = own.find((row) => row.seed === seed);
        if (found === undefined) return "";
        return fusion === "sum"
          ? found.mean.toFixed(4)
          : `${found.mean.toFixed(4)} (${change(found.againstSum)})`;
      });
      return [state, fusion, mean(own.map((row) => row.mean)).toFixed(4), ...cells];
    }),
  );
  const titles = ["state", "fusion", "nDCG@10", ...seeds.map((seed) => `seed ${seed} (against the sum)`)];
  return table(titles, lines);
}

/** Means over the seeds. */
function modalityTable(rows: readonly ModalityRow[]): string[] {
  const states = Object.keys(rows[0]?.loss ?? {});
  const lines = unique(rows.map(({ fusion }) => fusion)).flatMap((fusion) =>
    unique(rows.map(({ modality }) => modality)).map((modality) => {
      const own = rows.filter((row) => row.fusion === fusion && row.modality === modality);
      const over = (of: (row: ModalityRow) => number): string => mean(own.map(of)).toFixed(2);
      const gates = [over((row) => row.warm.gate), over((row) => row.cold.gate)];
      const shares = [over((row) => row.warm.share), over((row) => row.cold.share)];
      const losses = states.map((state) => mean(own.map((row) => row.loss[state]?.mean ?? 0)).toFixed(4));
      return [fusion, modality, ...gates, ...shares, ...losses];
    }),
  );
  const shares = ["gate, warm", "gate, cold", "share, warm", "share, cold"];
  return table(
    ["fusion", "modality", ...shares, ...states.map((state) => `lost without it, ${state}`)],
    lines,
  );
}

function change({ mean: difference, low, high }: Bounds): string {
  return `${difference.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function table(titles: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(titles), `|${"---|".repeat(titles.length)}`, ...lines.map(row)];
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
