import type { RunContext } from "../../../base/progress.ts";
import { checkStop } from "../../../base/stop.ts";
import { multiplyDense } from "../../../tensor/dense.ts";
import { transposed } from "../../../tensor/index.ts";
import { dominantSubspace } from "../../../tensor/subspace.ts";
import { type Checkpoint, changedCheckpoint } from "../checkpoint/checkpoint.ts";
import {
  type StoredParams,
  type StoredWeight,
  storedAt,
  type WeightPlace,
  weightPlaces,
  widen,
} from "../checkpoint/stored.ts";
import { linearMaps, treeOf } from "../transformer/params.ts";
import type { Moments } from "./observe.ts";

/** How small the factors are. */
export interface LowRankOptions {
  /** Share of a linear map's numbers that its two factors have together, above 0 and below 1. */
  readonly keep: number;
  /** What enters each map; without it all directions count the same. */
  readonly moments?: Moments;
}

/**
 * A checkpoint whose linear maps are products of two thin ones: of all `L R` of rank `r` the one with the least
 * `E |W x - L R x|^2`, which projects outputs on the leading eigenvectors `U` of `W C W^T`: `L = U, R = U^T W`, `C` the
 * moments of `x`; with `C` the identity that is the truncated singular value decomposition (Eckart and Young 1936).
 *
 * (Activation-aware: Wang et al. 2024, SVD-LLM, sec. 3.1)
 *
 * @throws CANCELLED
 */
export async function factorCheckpoint(
  checkpoint: Checkpoint,
  { keep, moments }: LowRankOptions,
  ctx: RunContext,
): Promise<Checkpoint> {
  const { config, stored } = checkpoint;
  const maps = new Map(linearMaps(config).map((map) => [`${map.path}.weight`, map.path]));
  const report = ctx.progress.start("factors", maps.size);
  const weights: [string, StoredWeight][] = [];
  let done = 0;
  for (const place of weightPlaces(config)) {
    const weight = storedAt(stored, place.path);
    const path = maps.get(place.path);
    if (path !== undefined) {
      checkStop(ctx, "factors", { done, of: maps.size, what: "maps" });
      report.update(++done);
    }
    const factors =
      path === undefined ? weight : await factorsOf(widen(weight, place), place, keep, moments?.get(path));
    weights.push([place.path, factors]);
  }
  report.finish();
  return changedCheckpoint(checkpoint, { config, stored: treeOf<unknown>(weights) as StoredParams });
}

/** The rank at which two factors have `keep` of the numbers. */
export function rankFor([rows, columns]: readonly [number, number], keep: number): number {
  return Math.max(1, Math.floor((keep * rows * columns) / (rows + columns)));
}

async function factorsOf(
  weight: Float32Array,
  { shape, use }: WeightPlace,
  keep: number,
  moments: Float32Array | undefined,
): Promise<StoredWeight> {
  const size = shape as [number, number];
  const [to, from] = use === "inOut" ? [size[1], size[0]] : size;
  const outIn = use === "inOut" ? transposed(weight, size) : weight;
  const rank = rankFor([to, from], keep);
  const u = await leadingOutputs(outIn, [to, from], rank, moments);
  const right = await multiplyDense(
    { data: u, rows: rank, columns: to },
    { data: outIn, rows: to, columns: from },
  );
  if (use !== "inOut") return { left: transposed(u, [rank, to]), right };
  return { left: transposed(right, [rank, from]), right: u };
}

/** Leading eigenvectors of `W C W^T`, as rows. `[rank, to]` */
async function leadingOutputs(
  weight: Float32Array,
  [to, from]: readonly [number, number],
  rank: number,
  moments: Float32Array | undefined,
): Promise<Float32Array> {
  const w = { data: weight, rows: to, columns: from };
  const seen =
    moments === undefined ? weight : await multiplyDense(w, { data: moments, rows: from, columns: from });
  const turned = { data: transposed(weight, [to, from]), rows: from, columns: to };
  const gram = await multiplyDense({ data: seen, rows: to, columns: from }, turned);
  return (await dominantSubspace({ data: scaled(gram, to), rows: to, columns: to }, rank)).data;
}

/** Divided by the trace: sums over many tokens are large. */
function scaled(gram: Float32Array, n: number): Float32Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i]!;
  return trace > 0 ? gram.map((value) => value / trace) : gram;
}
