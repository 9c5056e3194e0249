/** How members are combined: `intercept + sum_m weights[m] x_m`, no weight negative. */
export interface Combination {
  readonly weights: Float64Array;
  readonly intercept: number;
}

/** What members predicted of events, and what happened. */
export interface RatedRows {
  /** `[members][events]` */
  readonly predicted: readonly ArrayLike<number>[];
  /** `[events]` */
  readonly truth: ArrayLike<number>;
}

export interface StackOptions {
  /** Pulls the weights towards `towards`, as that many events of unit spread would. */
  readonly shrinkage: number;
  readonly towards: Combination;
}

/** Everybody counts the same. */
export function equalWeights(members: number): Combination {
  return { weights: new Float64Array(members).fill(1 / members), intercept: 0 };
}

/**
 * Stacked regression (Breiman 1996): `min |y - b - X w|^2 + l |w - w0|^2 + l (b - b0)^2` with `w >= 0`, by coordinate
 * descent, which is exact for so few members.
 */
export function stackRatings(
  { predicted, truth }: RatedRows,
  { shrinkage, towards }: StackOptions,
): Combination {
  const members = predicted.length;
  const columns = [...predicted, new Float64Array(truth.length).fill(1)];
  const prior = [...towards.weights, towards.intercept];
  const gram = columns.map((a) => columns.map((b) => dot(a, b)));
  const pull = columns.map((a) => dot(a, truth));
  const w = Float64Array.from(prior);
  for (let round = 0; round < 10_000; round++) {
    let moved = 0;
    for (let m = 0; m <= members; m++) {
      const rest = gram[m]!.reduce((sum, g, k) => sum + (k === m ? 0 : g * w[k]!), 0);
      const best = (pull[m]! - rest + shrinkage * prior[m]!) / (gram[m]![m]! + shrinkage);
      const next = m < members ? Math.max(0, best) : best;
      moved = Math.max(moved, Math.abs(next - w[m]!));
      w[m] = next;
    }
    if (moved < 1e-9) break;
  }
  return { weights: w.slice(0, members), intercept: w[members]! };
}

/** What members scored of one list, and where in it the likes are. */
export interface ScoredList {
  /** Standardised over the list. `[members][candidates]` */
  readonly scores: readonly ArrayLike<number>[];
  readonly liked: readonly number[];
}

/**
 * Weights that make the likes of all lists likeliest under a softmax, with `w >= 0`: a convex loss, by Newton's method
 * (each quadratic exactly, under the bounds) with halved steps. The loss of a list is the mean over its likes.
 */
export function stackLists(lists: readonly ScoredList[], { shrinkage, towards }: StackOptions): Combination {
  let w: Float64Array = towards.weights.slice();
  let now = listLoss(lists, w, { shrinkage, towards });
  for (let round = 0; round < 50; round++) {
    const aim = lowest(now, w);
    let step = 1;
    let next = aim;
    let found = listLoss(lists, next, { shrinkage, towards });
    while (found.loss > now.loss && step > 1e-4) {
      step /= 2;
      next = w.map((x, m) => x + step * (aim[m]! - x));
      found = listLoss(lists, next, { shrinkage, towards });
    }
    if (now.loss - found.loss < 1e-10) break;
    [w, now] = [next, found];
  }
  return { weights: w, intercept: 0 };
}

interface Judged {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** `[members, members]` */
  readonly curvature: Float64Array;
}

/** Where the quadratic that touches the loss at `w` is lowest, no weight negative; by coordinate descent. */
function lowest({ gradient, curvature }: Judged, w: Float64Array): Float64Array {
  const members = w.length;
  const x = w.slice();
  for (let round = 0; round < 1000; round++) {
    let moved = 0;
    for (let m = 0; m < members; m++) {
      let slope = gradient[m]!;
      for (let k = 0; k < members; k++) slope += curvature[m * members + k]! * (x[k]! - w[k]!);
      const bend = curvature[m * (members + 1)]!;
      const next = bend > 0 ? Math.max(0, x[m]! - slope / bend) : x[m]!;
      moved = Math.max(moved, Math.abs(next - x[m]!));
      x[m] = next;
    }
    if (moved < 1e-9) break;
  }
  return x;
}

/** Mean over lists, and the pull towards the given weights. */
function listLoss(
  lists: readonly ScoredList[],
  w: Float64Array,
  { shrinkage, towards }: StackOptions,
): Judged {
  const members = w.length;
  const pull = shrinkage / Math.max(1, lists.length);
  const gradient = w.map((x, m) => 2 * pull * (x - towards.weights[m]!));
  const curvature = new Float64Array(members * members);
  for (let m = 0; m < members; m++) curvature[m * (members + 1)] = 2 * pull;
  let loss = w.reduce((sum, x, m) => sum + pull * (x - towards.weights[m]!) ** 2, 0);
  for (const list of lists) loss += addList(list, w, { share: 1 / lists.length, gradient, curvature });
  return { loss, gradient, curvature };
}

interface Sums {
  readonly share: number;
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
}

/** Adds a list's share of the derivatives of `-mean over likes of log softmax`, and returns its share of the loss. */
function addList(
  { scores, liked }: ScoredList,
  w: Float64Array,
  { share, gradient, curvature }: Sums,
): number {
  const n = scores[0]?.length ?? 0;
  const p = new Float64Array(n);
  for (const [m, z] of scores.entries()) for (let i = 0; i < n; i++) p[i]! += w[m]! * z[i]!;
  let [top, mass, wanted] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < n; i++) top = Math.max(top, p[i]!);
  for (const i of liked) wanted += p[i]! / liked.length;
  for (let i = 0; i < n; i++) mass += p[i] = Math.exp(p[i]! - top);
  const expected = scores.map((z) => dot(z, p) / mass);
  for (const [m, z] of scores.entries()) {
    let own = 0;
    for (const i of liked) own += z[i]! / liked.length;
    gradient[m]! += share * (expected[m]! - own);
    for (let k = 0; k <= m; k++) {
      const other = scores[k]!;
      let both = 0;
      for (let i = 0; i < n; i++) both += p[i]! * z[i]! * other[i]!;
      const bend = share * (both / mass - expected[m]! * expected[k]!);
      curvature[m * w.length + k]! += bend;
      if (k < m) curvature[k * w.length + m]! += bend;
    }
  }
  return share * (top + Math.log(mass) - wanted);
}

/** Zero mean and unit deviation; zeros where all are equal. */
export function standardised(scores: ArrayLike<number>): Float64Array {
  const n = Math.max(1, scores.length);
  const mean = Array.from(scores).reduce((a, b) => a + b, 0) / n;
  const variance = Array.from(scores).reduce((a, b) => a + (b - mean) ** 2, 0) / n;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  return Float64Array.from(scores, (x) => (x - mean) * scale);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
