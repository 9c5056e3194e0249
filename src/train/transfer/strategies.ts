import type { OneClassPrior } from "../../meta/bayes/one-class-types.ts";
import type { JointConfig } from "../../meta/transfer/joint-types.ts";
import { twoDomainRows } from "../two-domains/rows.ts";
import type { TransferConfig } from "./config.ts";
import { carriedPrior, type FittedTarget, fitJoint, fitSource, fitTarget, rankerOf } from "./fit.ts";
import { sourceKnowledge } from "./knowledge.ts";
import { oracles } from "./oracles.ts";
import { fitOverlap, oneWorld } from "./overlap.ts";
import { pseudoChoices } from "./pseudo-choices.ts";
import { domainsOfSource, plainSource, type SourceTasks, weightedSource } from "./source-tasks.ts";
import { plainWorld, SOURCE_SEED, type Strategy, type StrategyRequest, worldOf } from "./strategy.ts";
import type { TransferWorld } from "./world.ts";

/** The same head with the same training, and no source: what every strategy is held against. */
export const alone: Strategy = {
  name: "target-alone",
  title: "The target alone",
  source: "no transfer",
  fit: async (request) => rankerOf(await fitTarget(await plainWorld(request), request), "target-alone"),
};

/** Every strategy that needs no people in common. */
export const strategies: readonly Strategy[] = [
  {
    name: "features",
    title: "Feature transfer",
    source: "what the source knows of items as attributes: popularity, level, features in its head",
    async fit(request) {
      const world = await knowingWorld(request);
      return rankerOf(await fitTarget(world, request), "features");
    },
  },
  {
    name: "parameters",
    title: "Parameter transfer",
    source: "starts from the source's prior, token by token",
    async fit(request) {
      const world = await plainWorld(request);
      const start = carriedPrior(world, await sourcePrior(world, request, "plain"), request);
      return rankerOf(await fitTarget(world, request, { start }), "parameters");
    },
  },
  {
    name: "features+parameters",
    title: "Features and parameters",
    source: "both of the above",
    async fit(request) {
      const world = await knowingWorld(request);
      const start = carriedPrior(world, await sourcePrior(world, request, "knowing"), request);
      return rankerOf(await fitTarget(world, request, { start }), "features+parameters");
    },
  },
  joint("shared", "Shared layers", "one trunk, heads of their own (Caruana 1997)", () => ({
    shared: "trunk",
  })),
  joint("adversarial", "Adversarial", "gradient reversal (Ganin et al. 2016)", ({ adversary }) => ({
    shared: "trunk",
    adversary,
  })),
  joint(
    "domains",
    "Domain as task",
    "a domain held out in each step (MLDG, Li et al. 2018)",
    () => ({ shared: "network", combining: "hold out" }),
    domainsOfSource,
  ),
  joint("pcgrad", "Gradient surgery", "PCGrad (Yu et al. 2020)", () => ({
    shared: "network",
    combining: "project",
  })),
  {
    name: "pseudo-labels",
    title: "Pseudo-labels",
    source: "what parameter transfer would choose for the target's people (Lee 2013)",
    async fit(request) {
      const world = await plainWorld(request);
      const start = carriedPrior(world, await sourcePrior(world, request, "plain"), request);
      const teacher = rankerOf(await fitTarget(world, request, { start }), "teacher");
      const augmentation = await pseudoChoices(teacher, world.target, request);
      return rankerOf(await fitTarget(world, request, { start, augmentation }), "pseudo-labels");
    },
  },
  joint(
    "importance",
    "Importance weighting",
    "the source's people by density ratio (Sugiyama et al. 2007; Bickel et al. 2007)",
    () => ({ shared: "network" }),
    (world, { seed }) => weightedSource(world, seed),
  ),
];

/** People of both domains from whom on there is something to learn of them. */
const OVERLAP = 10;

/**
 * Strategies by people of both domains, for `sharedUsers`: they ask what somebody liked in the source. With too few of
 * such people the target alone is used.
 */
export const overlapStrategies: readonly Strategy[] = twoDomainRows.map((row) => ({
  name: row.name,
  title: row.title,
  source: row.source,
  asksWho: true,
  fit: (request) => {
    const world = oneWorld(request);
    return world.overlap < OVERLAP ? alone.fit(request) : fitOverlap(row, world, request);
  },
}));

/** @returns undefined when there is none of that name */
export function strategyNamed(name: string): Strategy | undefined {
  return [alone, ...strategies, ...overlapStrategies, ...oracles].find((one) => one.name === name);
}

function joint(
  name: string,
  title: string,
  source: string,
  ...[given, tasks = plainSource]: [
    given: (config: TransferConfig) => Partial<JointConfig>,
    tasks?: (world: TransferWorld, request: StrategyRequest) => SourceTasks,
  ]
): Strategy {
  const fit = async (request: StrategyRequest): Promise<FittedTarget> => {
    const world = await plainWorld(request);
    const prior = await sourcePrior(world, request, "plain");
    return fitJoint(world, prior, request, { joint: given(request.config), tasks: tasks(world, request) });
  };
  return { name, title, source, fit: async (request) => rankerOf(await fit(request), name) };
}

/** The world with what the source knows of items as attributes. */
async function knowingWorld(request: StrategyRequest): Promise<TransferWorld> {
  const { joined, remember } = request;
  const extra = await remember("knowledge", async () => {
    const world = await plainWorld(request);
    const prior = await sourcePrior(world, request, "plain");
    return sourceKnowledge(joined, { prior, catalogue: world.source.catalogue });
  });
  return worldOf(request, "knowing", extra);
}

function sourcePrior(world: TransferWorld, request: StrategyRequest, name: string): Promise<OneClassPrior> {
  return request.remember(`prior ${name}`, () => fitSource(world, { ...request, seed: SOURCE_SEED }));
}
