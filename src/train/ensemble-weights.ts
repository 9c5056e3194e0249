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
 * Weights that make the likes of all lists likeliest under a softmax, with `w >= 0`: a convex loss, by projected gradient
 * descent with halved steps. The loss of a list is the mean over its likes.
 */
export function stackLists(lists: readonly ScoredList[], { shrinkage, towards }: StackOptions): Combination {
  let w = towards.weights.slice();
  let step = 1;
  let now = listLoss(lists, w, { shrinkage, towards });
  for (let round = 0; round < 200 && step > 1e-6; round++) {
    const next = w.map((x, m) => Math.max(0, x - step * now.gradient[m]!));
    const found = listLoss(lists, next, { shrinkage, towards });
    if (found.loss < now.loss - 1e-12) {
      [w, now] = [next, found];
      step *= 1.5;
    } else step /= 2;
  }
  return { weights: w, intercept: 0 };
}

interface Judged {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** Mean over lists, and the pull towards the given weights. */
function listLoss(
  lists: readonly ScoredList[],
  w: Float64Array,
  { shrinkage, towards }: StackOptions,
): Judged {
  const share = 1 / Math.max(1, lists.length);
  let loss = 0;
  const gradient = w.map((x, m) => 2 * shrinkage * share * (x - towards.weights[m]!));
  w.forEach((x, m) => {
    loss += shrinkage * share * (x - towards.weights[m]!) ** 2;
  });
  for (const list of lists) {
    const one = listSurprise(list, w);
    loss += share * one.loss;
    one.gradient.forEach((g, m) => {
      gradient[m]! += share * g;
    });
  }
  return { loss, gradient };
}

/** `-mean over likes of log softmax`, and its derivative `E[z] - mean over likes of z`. */
function listSurprise({ scores, liked }: ScoredList, w: Float64Array): Judged {
  const n = scores[0]?.length ?? 0;
  const total = Float64Array.from({ length: n }, (_, i) =>
    w.reduce((sum, x, m) => sum + x * scores[m]![i]!, 0),
  );
  const top = total.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const p = total.map((x) => Math.exp(x - top));
  const mass = p.reduce((a, b) => a + b, 0);
  const mean = (values: ArrayLike<number>): number =>
    liked.reduce((sum, i) => sum + values[i]!, 0) / liked.length;
  const gradient = w.map((_, m) => dot(scores[m]!, p) / mass - mean(scores[m]!));
  return { loss: top + Math.log(mass) - mean(total), gradient };
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
