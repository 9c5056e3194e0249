/** A box to place, and the boxes that its arrows come from. */
export interface Box {
  readonly width: number;
  readonly from: readonly number[];
}

/** Where boxes stand (their centres) and lines run. */
export interface Layout {
  readonly at: readonly Point[];
  /** From a box down as far as its result is needed; what leaves them on the way are `arrows`. */
  readonly trunks: readonly (readonly Point[])[];
  readonly arrows: readonly (readonly [from: Point, to: Point])[];
  readonly width: number;
  readonly layers: number;
}

export interface Point {
  readonly x: number;
  /** Number of the layer, from the top. */
  readonly layer: number;
}

/** A box, or the bend of a trunk that passes a layer. */
interface Spot {
  x: number;
  readonly layer: number;
  readonly width: number;
  readonly above: Spot[];
  readonly below: Spot[];
}

const GAP = 18;
const SWEEPS = 12;
const SMOOTHINGS = 40;

/**
 * Places a graph in layers, arrows going down (Sugiyama, Tagawa and Toda 1981): layers by longest path, order within a
 * layer by the mean of the neighbours, then positions close to the neighbours.
 *
 * @param boxes every box after those it comes from
 */
export function layOut(boxes: readonly Box[]): Layout {
  const layer = layersOf(boxes);
  const spots = boxes.map(({ width }, i): Spot => ({ x: 0, layer: layer[i]!, width, above: [], below: [] }));
  const rows: Spot[][] = Array.from({ length: Math.max(0, ...layer) + (boxes.length > 0 ? 1 : 0) }, () => []);
  for (const spot of spots) rows[spot.layer]!.push(spot);
  const trunks = spots.map((spot) => [spot]);
  const arrows = boxes.flatMap(({ from }, i) => from.map((j) => connect(trunks[j]!, spots[i]!, rows)));
  for (const row of rows) pack(row);
  for (let i = 0; i < SWEEPS; i++) sweep(rows, i % 2 === 0, true);
  for (let i = 0; i < SMOOTHINGS; i++) sweep(rows, i % 2 === 0, false);
  const left = Math.min(0, ...rows.flat().map((s) => s.x - s.width / 2));
  for (const spot of rows.flat()) spot.x -= left;
  const width = Math.max(0, ...rows.flat().map((s) => s.x + s.width / 2));
  return { at: spots, trunks, arrows, width, layers: rows.length };
}

/** The longest path from the top; a box that nothing leads to stands right above the first one that it leads to. */
function layersOf(boxes: readonly Box[]): number[] {
  const layer: number[] = [];
  const lowest: number[] = [];
  boxes.forEach(({ from }, i) => {
    layer[i] = Math.max(0, ...from.map((j) => layer[j]! + 1));
    for (const j of from) lowest[j] = Math.min(lowest[j] ?? Number.POSITIVE_INFINITY, layer[i] - 1);
  });
  return boxes.map(({ from }, i) => (from.length === 0 ? (lowest[i] ?? 0) : layer[i]!));
}

/** Makes a trunk long enough and leaves it right above a spot. */
function connect(trunk: Spot[], to: Spot, rows: readonly Spot[][]): readonly [Spot, Spot] {
  const [source] = trunk as [Spot, ...Spot[]];
  for (let layer = source.layer + trunk.length; layer < to.layer; layer++) {
    const bend: Spot = { x: 0, layer, width: 4, above: [], below: [] };
    rows[layer]!.push(bend);
    link(trunk.at(-1)!, bend);
    trunk.push(bend);
  }
  const from = trunk[to.layer - source.layer - 1]!;
  link(from, to);
  return [from, to];
}

function link(above: Spot, below: Spot): void {
  above.below.push(below);
  below.above.push(above);
}

function sweep(rows: readonly Spot[][], down: boolean, reorder: boolean): void {
  for (const row of down ? rows : rows.toReversed()) {
    const wanted = new Map(row.map((spot) => [spot, wish(spot, down, reorder)]));
    if (reorder) row.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
    settle(
      row,
      row.map((spot) => wanted.get(spot)!),
    );
  }
}

/** The mean of the neighbours: of one side while the order is sought, of both once it is found. */
function wish(spot: Spot, down: boolean, reorder: boolean): number {
  const side = down ? spot.above : spot.below;
  const neighbours = reorder ? side : [...spot.above, ...spot.below];
  if (neighbours.length === 0) return spot.x;
  return neighbours.reduce((total, { x }) => total + x, 0) / neighbours.length;
}

const distance = (a: Spot, b: Spot): number => (a.width + b.width) / 2 + GAP;

/** Moves a row as near to `wanted` as its order and the gaps allow: the mean of packing from the left and the right. */
function settle(row: readonly Spot[], wanted: readonly number[]): void {
  const fromLeft: number[] = [];
  const fromRight: number[] = [];
  row.forEach((spot, i) => {
    const least = i === 0 ? Number.NEGATIVE_INFINITY : fromLeft[i - 1]! + distance(row[i - 1]!, spot);
    fromLeft[i] = Math.max(wanted[i]!, least);
  });
  for (let i = row.length - 1; i >= 0; i--) {
    const most =
      i === row.length - 1 ? Number.POSITIVE_INFINITY : fromRight[i + 1]! - distance(row[i]!, row[i + 1]!);
    fromRight[i] = Math.min(wanted[i]!, most);
  }
  row.forEach((spot, i) => (spot.x = (fromLeft[i]! + fromRight[i]!) / 2));
}

function pack(row: readonly Spot[]): void {
  settle(
    row,
    row.map(() => 0),
  );
}
