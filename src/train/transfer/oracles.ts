import { likeCounts } from "../../baselines/columns.ts";
import type { Column } from "../../data/dataset.ts";
import type { Ranker } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import { generic } from "../../evaluate/protocols/generic.ts";
import { carriedFrom, fitTarget, rankerOf } from "./fit.ts";
import { plainWorld, type Strategy, type StrategyRequest, worldOf } from "./strategy.ts";

/**
 * What no source can tell better: the same head on the same few people of the target, with a piece of the truth that is
 * learned from all training people of the target. They bound what can be expected of a source, and are no strategies:
 * nobody with few people has them.
 */
export const oracles: readonly Strategy[] = [
  {
    name: "oracle-common",
    title: "Popularity of common items",
    source: "the head is told how popular each item is in the target that the source knows too",
    fit: (request) =>
      knowingPopularity(request, "oracle-common", (row) => request.joined.itemTwins[row]! >= 0),
  },
  {
    name: "oracle-popularity",
    title: "Popularity of all items",
    source: "the head is told how popular each item is in the target",
    fit: (request) => knowingPopularity(request, "oracle-popularity", () => true),
  },
  {
    name: "oracle-parameters",
    title: "Parameters of the target",
    source: "starts from the head that all people of the target taught, with embeddings of common items",
    fit: taughtByAll,
  },
];

export function isOracle(name: string): boolean {
  return oracles.some((oracle) => oracle.name === name);
}

/** Training people of the target, whatever the share: those who are asked are not among them. */
function everybody({ joined, seed }: StrategyRequest): TrainingDataset {
  return generic(joined.target, { seed, shots: [0] }).train;
}

async function knowingPopularity(
  request: StrategyRequest,
  name: string,
  told: (row: number) => boolean,
): Promise<Ranker> {
  const likes = likeCounts(everybody(request));
  const column = (size: number, of: (row: number) => number): { readonly popularity: Column } => ({
    popularity: { kind: "numeric", values: Float64Array.from({ length: size }, (_, row) => of(row)) },
  });
  const { source, target } = request.joined;
  const world = await worldOf(request, `${name} ${request.seed}`, {
    source: column(source.items.ids.length, () => Number.NaN),
    target: column(target.items.ids.length, (row) => (told(row) ? Math.log1p(likes[row]!) : Number.NaN)),
  });
  return rankerOf(await fitTarget(world, request), name);
}

async function taughtByAll(request: StrategyRequest): Promise<Ranker> {
  const all = await plainWorld({ ...request, target: everybody(request) });
  const { prior } = await fitTarget(all, request);
  const world = await plainWorld(request);
  const same = request.joined.itemTwins.map((twin, row) => (twin < 0 ? -1 : row));
  const start = carriedFrom({ prior, catalogue: all.target.catalogue }, world, { fit: request, twins: same });
  return rankerOf(await fitTarget(world, request, { start }), "oracle-parameters");
}
