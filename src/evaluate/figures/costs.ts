import { byKind, type Figure, look, type Shown } from "./figure.ts";

/** What a system took. */
export interface Cost extends Shown {
  readonly trainSeconds: number;
  readonly peakMb: number;
}

/** Time and memory of every system, each on a logarithmic axis. */
export function costFigure(costs: readonly Cost[]): Figure {
  const order = [...costs].sort((a, b) => a.trainSeconds - b.trainSeconds).map(({ label }) => label);
  const seconds = costs.map((cost) =>
    row(cost, Math.max(cost.trainSeconds, 0.01), inSeconds(cost.trainSeconds)),
  );
  const memory = costs.map((cost) => row(cost, cost.peakMb, String(Math.round(cost.peakMb))));
  const values = seconds.map(({ value }) => value);
  const time = { type: "log", domain: [Math.min(...values) / 1.5, Math.max(...values) * 1.2] } as const;
  const space = { type: "linear", domain: [0, Math.max(...memory.map(({ value }) => value)) * 1.1] } as const;
  return {
    name: "costs",
    caption: "Seconds of fitting (logarithmic), and most memory of the process with the data read",
    spec: {
      ...look,
      spacing: 70,
      hconcat: [
        panel({ title: "fitting, seconds", values: seconds, order, scale: time, first: true }),
        panel({ title: "memory, MB", values: memory, order, scale: space, first: false }),
      ],
    },
  };
}

interface Row {
  readonly system: string;
  readonly kind: string;
  readonly value: number;
  readonly text: string;
}

function row({ label, isBaseline }: Shown, value: number, text: string): Row {
  return { system: label, kind: isBaseline ? "baseline" : "learner", value, text };
}

function inSeconds(seconds: number): string {
  if (seconds >= 100) return String(Math.round(seconds));
  return seconds < 0.01 ? "< .01" : seconds.toPrecision(2).replace(/^0\./, ".");
}

interface PanelData {
  readonly title: string;
  readonly values: readonly Row[];
  readonly order: readonly string[];
  readonly scale: { readonly type: "log" | "linear"; readonly domain: readonly [number, number] };
  readonly first: boolean;
}

function panel({ title, values, order, scale, first }: PanelData): object {
  const y = {
    field: "system",
    type: "nominal",
    sort: order,
    title: null,
    axis: { labels: first, labelFontSize: 12, grid: true },
  };
  const x = { field: "value", type: "quantitative", scale, title: null };
  const axis = scale.type === "log" ? { values: powersOfTen(scale.domain), format: ",~r" } : { tickCount: 4 };
  const start = { datum: scale.domain[0] };
  return {
    title,
    width: 230,
    height: { step: 21 },
    data: { values },
    layer: [
      {
        mark: { type: "rule", strokeWidth: 2, opacity: 0.35 },
        encoding: { x: { ...x, axis }, x2: start, y, color: byKind },
      },
      { mark: { type: "point", filled: true, size: 62, opacity: 1 }, encoding: { x, y, color: byKind } },
      { mark: { type: "text", align: "left", dx: 8 }, encoding: { x, y, text: { field: "text" } } },
    ],
  };
}

function powersOfTen([least, most]: readonly [number, number]): number[] {
  const first = Math.ceil(Math.log10(least));
  const count = Math.floor(Math.log10(most)) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, at) => 10 ** (first + at));
}
