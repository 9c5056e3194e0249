import { lowerIsBetter, type QualityRow } from "../report.ts";
import { coloursOf, direction, type Figure, look, type Shown, slug } from "./figure.ts";
import { spread } from "./labels.ts";

/** One point of a line. */
export interface CurvePoint {
  readonly system: string;
  /** Its place on the axis, in words. */
  readonly at: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Lines of systems over an ordered axis. */
export interface Curves {
  readonly name: string;
  readonly caption: string;
  readonly title: string;
  /** Places on the axis, in order. */
  readonly places: readonly string[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly points: readonly CurvePoint[];
  /** Those drawn in colour and named; the others are thin and grey. */
  readonly named: readonly string[];
}

const size = { width: 460, height: 300, labelGap: 15 };

/** Lines of quality against the number of events known, one figure a state; nothing where there is one number only. */
export function shotCurves(rows: readonly QualityRow[], systems: readonly Shown[], metric: string): Figure[] {
  const own = rows.filter((row) => row.metric === metric && Number.isFinite(row.mean));
  const states = [...new Set(own.map(({ state }) => state))];
  return states.flatMap((state) => {
    const here = own.filter((row) => row.state === state);
    const places = [...new Set(here.map(({ shots }) => String(shots)))];
    if (places.length < 2) return [];
    const points = here.map(({ system, shots, mean, low, high }) => ({
      system,
      at: String(shots),
      mean,
      low,
      high,
    }));
    return [
      curveFigure({
        name: `shots-${slug(metric)}-${state}`,
        caption: `${metric} of ${state.replaceAll("-", " ")} tasks by the number of events known; ${direction(metric)}; bars are 95 % intervals`,
        title: state.replaceAll("-", " "),
        places,
        xTitle: "events known of the person",
        yTitle: metric,
        points,
        named: mostTelling(points, systems, metric),
      }),
    ];
  });
}

/** How many times worse than the best a system may be to be named: what cannot do the task would flatten the rest. */
const WORST = 2;

/** The best five learners and the best three baselines, by their mean over all places. */
export function mostTelling(
  points: readonly CurvePoint[],
  systems: readonly Shown[],
  metric: string,
): string[] {
  const means = new Map(
    systems.flatMap(({ label }): [string, number][] => {
      const own = points.filter(({ system }) => system === label);
      return own.length === 0 ? [] : [[label, own.reduce((sum, { mean }) => sum + mean, 0) / own.length]];
    }),
  );
  const lower = lowerIsBetter(metric);
  const score = (label: string): number => (lower ? 1 : -1) * (means.get(label) ?? Number.NaN);
  const top = lower ? Math.min(...means.values()) : Math.max(...means.values());
  const able = (mean: number): boolean => (lower ? mean <= WORST * top : mean >= top / WORST);
  const best = (isBaseline: boolean, count: number): string[] =>
    systems
      .filter((one) => one.isBaseline === isBaseline && able(means.get(one.label) ?? Number.NaN))
      .map(({ label }) => label)
      .sort((a, b) => score(a) - score(b))
      .slice(0, count);
  return [...best(false, 5), ...best(true, 3)];
}

/** Lines with their names at the right end, moved apart where they would meet. */
export function curveFigure(curves: Curves): Figure {
  const { name, caption, title, places, xTitle, yTitle, points, named } = curves;
  const colours = coloursOf(named);
  const scale = { domain: [...colours.keys()], range: [...colours.values()] };
  const front = points.filter(({ system }) => colours.has(system));
  const back = points.filter(({ system }) => !colours.has(system));
  const domain = domainOf(front);
  const x = {
    field: "at",
    type: "ordinal",
    sort: places,
    scale: { type: "point", domain: places, padding: 0.3 },
    title: xTitle,
    axis: { labelAngle: 0, labelFontSize: 12 },
  };
  const y = {
    field: "mean",
    type: "quantitative",
    scale: { domain, nice: false, zero: false },
    title: yTitle,
  };
  const color = { field: "system", type: "nominal", scale, legend: null };
  const ends = lineEnds(front, { places, domain });
  const spec = {
    ...look,
    title,
    width: size.width,
    height: size.height,
    layer: [
      {
        data: { values: back },
        mark: { type: "line", color: "#d5d8dd", strokeWidth: 1.2, clip: true },
        encoding: { x, y, detail: { field: "system" } },
      },
      {
        data: { values: front },
        mark: { type: "rule", strokeWidth: 1.5, opacity: 0.35 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      {
        data: { values: front },
        mark: { type: "line", strokeWidth: 2, point: { filled: true, size: 34 } },
        encoding: { x, y, color },
      },
      {
        data: { values: ends },
        mark: { type: "text", align: "left", dx: 10, fontSize: 12, fontWeight: 500 },
        encoding: { x: { value: size.width }, y: { ...y, field: "label" }, text: { field: "system" }, color },
      },
    ],
  };
  return { name, caption, spec: back.length > 0 ? spec : { ...spec, layer: spec.layer.slice(1) } };
}

/** Whatever is named fits, with a little air. */
function domainOf(points: readonly CurvePoint[]): [number, number] {
  const low = Math.min(...points.map((point) => Math.min(point.low, point.mean)));
  const high = Math.max(...points.map((point) => Math.max(point.high, point.mean)));
  const air = (high - low || Math.abs(high) || 1) * 0.04;
  return [low - air, high + air];
}

function lineEnds(
  points: readonly CurvePoint[],
  { places, domain }: { readonly places: readonly string[]; readonly domain: readonly [number, number] },
): { readonly system: string; readonly label: number }[] {
  const last = new Map<string, CurvePoint>();
  for (const point of [...points].sort((a, b) => places.indexOf(a.at) - places.indexOf(b.at))) {
    last.set(point.system, point);
  }
  const ends = [...last.values()];
  const gap = (size.labelGap * (domain[1] - domain[0])) / size.height;
  const labels = spread(
    ends.map(({ mean }) => mean),
    gap,
    domain,
  );
  return ends.map(({ system }, at) => ({ system, label: labels[at] ?? Number.NaN }));
}
