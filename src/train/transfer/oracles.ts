import { likeCounts, pick } from "../../baselines/columns.ts";
import type { Ranker } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import { generic } from "../../evaluate/protocols/generic.ts";
import { carriedFrom, fitTarget, rankerOf } from "./fit.ts";
import { plainWorld, type Strategy, type StrategyRequest } from "./strategy.ts";

/**
 * Systems that learn from the few people of the target, and are told a piece of the truth that all its training people
 * teach. They bound what a source can tell of that kind, and are no strategies: nobody with few people has them.
 */
export const oracles: readonly Strategy[] = [
  {
    name: "oracle-common",
    title: "Popularity of common items",
    source: "`popularity`, told the true popularity of the items that the source knows too",
    fit: async (request) =>
      knownPopularity(request, "oracle-common", (row) => request.joined.itemTwins[row]! >= 0),
  },
  {
    name: "oracle-popularity",
    title: "Popularity of all items",
    source: "`popularity`, told the true popularity of every item",
    fit: async (request) => knownPopularity(request, "oracle-popularity", () => true),
  },
  {
    name: "oracle-parameters",
    title: "Parameters of the target",
    source: "`parameters`, from the head that all people of the target taught; embeddings of common items",
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

/** Likes among the few; of the items that it is told of, likes among all, in proportion to the people. */
function knownPopularity(request: StrategyRequest, name: string, told: (row: number) => boolean): Ranker {
  const all = everybody(request);
  const truth = likeCounts(all);
  const ratio = request.target.warmUsers.length / all.warmUsers.length;
  const likes = likeCounts(request.target).map((few, row) => (told(row) ? ratio * truth[row]! : few));
  return { name, score: async (_, items) => pick(likes, items, 0) };
}

async function taughtByAll(request: StrategyRequest): Promise<Ranker> {
  const all = await plainWorld({ ...request, target: everybody(request) });
  const { prior } = await fitTarget(all, request);
  const world = await plainWorld(request);
  const same = request.joined.itemTwins.map((twin, row) => (twin < 0 ? -1 : row));
  const start = carriedFrom({ prior, catalogue: all.target.catalogue }, world, { fit: request, twins: same });
  return rankerOf(await fitTarget(world, request, { start }), "oracle-parameters");
}
