import { type CurvePoint, mostTelling } from "./curves.ts";
import { coloursOf, type Figure, ink, look, type Shown, slug } from "./figure.ts";

/** What a system predicted of some pairs, and what came of it. Columns of equal length. */
export interface Predictions {
  readonly system: string;
  readonly probability: Float32Array;
  /** 1 where it was liked. */
  readonly liked: Uint8Array;
}

/** A point of a plane. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points that a curve is drawn with. */
const DRAWN = 120;

/** Bins of a calibration curve, of equally many pairs. */
const BINS = 12;

/** Share of the likes found against the share of the others taken, over all thresholds (Fawcett 2006). */
export function rocFigure(
  predicted: readonly Predictions[],
  systems: readonly Shown[],
  state: string,
): Figure {
  return planeFigure({
    name: `roc-${slug(state)}`,
    caption: `ROC of ${state.replaceAll("-", " ")} tasks, all pairs together; the diagonal is chance; area in brackets`,
    state,
    xTitle: "share of the others taken",
    yTitle: "share of the likes found",
    domain: [0, 1],
    lines: chosen(predicted, systems).map((one) => {
      const { points, area } = rocCurve(one);
      return { system: `${one.system} (${area.toFixed(3).replace(/^0/, "")})`, points };
    }),
    dots: false,
  });
}

/** Predicted probability against the share that was liked, in bins of equally many pairs (Niculescu-Mizil 2005). */
export function calibrationFigure(
  predicted: readonly Predictions[],
  systems: readonly Shown[],
  state: string,
): Figure {
  const lines = chosen(predicted, systems).map((one) => ({
    system: one.system,
    points: calibrationCurve(one),
  }));
  const all = lines.flatMap(({ points }) => points.flatMap(({ x, y }) => [x, y]));
  return planeFigure({
    name: `calibration-${slug(state)}`,
    caption: `Calibration on ${state.replaceAll("-", " ")} tasks, ${BINS} bins of equally many pairs; on the diagonal what is predicted happens`,
    state,
    xTitle: "predicted probability",
    yTitle: "share that was liked",
    domain: [Math.max(0, Math.min(...all) - 0.03), Math.min(1, Math.max(...all) + 0.03)],
    lines,
    dots: true,
  });
}

/** Corners of the curve from (0, 0) to (1, 1), and the area under it; equal probabilities are one step. */
export function rocCurve({ probability, liked }: Predictions): { points: Point[]; area: number } {
  const order = Uint32Array.from(probability.keys()).sort((a, b) => probability[b]! - probability[a]!);
  const likes = liked.reduce((sum, one) => sum + one, 0);
  const others = liked.length - likes;
  const points: Point[] = [{ x: 0, y: 0 }];
  let [found, taken, area] = [0, 0, 0];
  for (let start = 0, end = 0; start < order.length; start = end) {
    const before = { x: taken / others, y: found / likes };
    for (; end < order.length && probability[order[end]!] === probability[order[start]!]; end++) {
      if (liked[order[end]!] === 1) found++;
      else taken++;
    }
    const after = { x: taken / others, y: found / likes };
    area += ((after.x - before.x) * (before.y + after.y)) / 2;
    points.push(after);
  }
  return { points, area };
}

/** Means of bins of about equally many pairs, by rising probability; equal probabilities share a bin. */
export function calibrationCurve({ probability, liked }: Predictions): Point[] {
  const order = Uint32Array.from(probability.keys()).sort((a, b) => probability[a]! - probability[b]!);
  const edges = Array.from({ length: BINS + 1 }, (_, bin) => {
    let edge = Math.round((bin * order.length) / BINS);
    while (edge > 0 && edge < order.length && probability[order[edge]!] === probability[order[edge - 1]!])
      edge++;
    return edge;
  });
  return edges.slice(1).flatMap((end, bin): Point[] => {
    const rows = order.subarray(edges[bin], end);
    if (rows.length === 0) return [];
    const mean = (value: (row: number) => number): number =>
      rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
    return [{ x: mean((row) => probability[row]!), y: mean((row) => liked[row]!) }];
  });
}

/** Those whose probabilities order pairs best. */
function chosen(predicted: readonly Predictions[], systems: readonly Shown[]): Predictions[] {
  const points = predicted.map((one): CurvePoint => {
    const { area } = rocCurve(one);
    return { system: one.system, at: "", mean: area, low: area, high: area };
  });
  const named = mostTelling(points, systems, "auc");
  return named.flatMap((label) => predicted.filter(({ system }) => system === label));
}

interface Plane {
  readonly name: string;
  readonly caption: string;
  readonly state: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly domain: readonly [number, number];
  readonly lines: readonly { readonly system: string; readonly points: readonly Point[] }[];
  readonly dots: boolean;
}

/** Lines in a square with its diagonal, named in a legend: their ends all meet. */
function planeFigure({ name, caption, state, xTitle, yTitle, domain, lines, dots }: Plane): Figure {
  const labels = lines.map(({ system }) => system);
  const colours = coloursOf(labels);
  const values = lines.flatMap(({ system, points }) =>
    thinned(points).map((point, order) => ({ system, order, ...point })),
  );
  const axis = { tickCount: 5 };
  const x = { field: "x", type: "quantitative", scale: { domain, nice: false }, title: xTitle, axis };
  const y = { field: "y", type: "quantitative", scale: { domain, nice: false }, title: yTitle, axis };
  const color = {
    field: "system",
    type: "nominal",
    sort: labels,
    scale: { domain: labels, range: [...colours.values()] },
    legend: { orient: "right", symbolType: "stroke", symbolStrokeWidth: 3, labelLimit: 0, offset: 18 },
  };
  const diagonal = domain.map((at) => ({ x: at, y: at }));
  const line = { type: "line", strokeWidth: 2, ...(dots ? { point: { filled: true, size: 30 } } : {}) };
  const spec = {
    ...look,
    title: state.replaceAll("-", " "),
    width: 320,
    height: 320,
    layer: [
      {
        data: { values: diagonal },
        mark: { type: "line", color: ink.faint, strokeDash: [4, 3], strokeWidth: 1.2 },
        encoding: { x, y },
      },
      { data: { values }, mark: line, encoding: { x, y, color, order: { field: "order" } } },
    ],
  };
  return { name, caption, spec };
}

/** At most so many points, the ends among them. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= DRAWN) return [...points];
  const step = (points.length - 1) / (DRAWN - 1);
  return Array.from({ length: DRAWN }, (_, at) => points[Math.round(at * step)] as Point);
}
