import type { Rng } from "../../base/rng.ts";
import {
  adam,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  linearWarmup,
  zerosLike,
} from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import { mapTree } from "../../tensor/index.ts";
import type { OneClassPrior } from "../bayes/one-class-types.ts";
import type { HostParams } from "../params.ts";
import { adversarial } from "./adversarial-step.ts";
import { initAdversary } from "./adversary.ts";
import { combine, type DomainGradient } from "./combine.ts";
import {
  type Domain,
  defaultJointConfig,
  type Joint,
  type JointConfig,
  type JointPrior,
  type Part,
  type Side,
} from "./joint-types.ts";

/**
 * Two domains of one-class feedback learned together: a batch of people of either gives gradients of its own part of the
 * prior and of what is shared, and these make one step. Serves people of the target.
 *
 * @example const learner = jointLearner({ source, target }, { shared: "network", combining: "project", steps: 200 });
 */
export function jointLearner(
  domains: Readonly<Record<Side, Domain>>,
  given: Partial<JointConfig> = {},
): Joint {
  const config = { ...defaultJointConfig, ...given };
  const rate = linearWarmup(
    10,
    cosineDecay({ from: config.learningRate, steps: Math.max(1, config.steps - 10) }),
  );
  const optimiser = chain(clipByGlobalNorm(config.clipNorm), adam({ learningRate: rate, beta2: 0.99 }));
  const adverse = config.adversary > 0 ? adversarial(domains, config.adversary) : undefined;
  const { target } = domains;
  const gradientOf = domainGradients(domains, config);
  return {
    name: "joint Bayes head",
    init(rng) {
      const prior = startOf(domains, config, rng);
      return { prior, optimiser: optimiser.init(prior) };
    },
    prior: (state) => state.prior,
    priorOf,
    async metaStep({ prior, optimiser: state }, tasks, rng) {
      const { gradient, info } = await combine(byDomain(tasks), {
        how: config.combining,
        prior,
        rng,
        gradientOf,
        rate: config.learningRate,
      });
      const against = await adverse?.(prior, rng);
      const total = against === undefined ? gradient : applyUpdates(gradient, against.gradient);
      const [updates, next] = optimiser.update(total, state, prior);
      const step = { prior: applyUpdates(prior, updates), optimiser: next };
      return [step, { ...info, ...(against && { adversary: against.loss }) }];
    },
    async queryLoss(prior, tasks) {
      return target.learner.queryLoss(priorOf(prior, "target"), tasks);
    },
    adapt: (prior, query) => target.learner.adapt(priorOf(prior, "target"), query),
    score: (prior, fitted, items) => target.learner.score(priorOf(prior, "target"), fitted, items),
  };
}

/** One domain's part of a joint prior. */
function priorOf({ shared, ...prior }: JointPrior, side: Side): OneClassPrior {
  const { content, ...network } = shared;
  return { params: { ...network, ...prior[side] }, content };
}

function startOf(
  { source, target }: Readonly<Record<Side, Domain>>,
  { shared, adversary }: JointConfig,
  rng: Rng,
): JointPrior {
  const own = ({ start }: Domain): Part => {
    const { id, ...network } = start.params as Part;
    return shared === "trunk" ? { id: id!, ...network } : { id: id! };
  };
  const { id: _, ...network } = target.start.params as Part;
  const { content } = target.start;
  const rows = (target.start.params as { readonly id: Float32Array }).id.length;
  const size = rows / target.catalogue.warm.length;
  return mapTree<HostParams, Float32Array, Float32Array>(
    {
      shared: shared === "trunk" ? { content } : { content, ...network },
      source: own(source),
      target: own(target),
      adversary: adversary > 0 ? initAdversary(size, rng.split("adversary")) : {},
    },
    (leaf) => leaf.slice(),
  ) as JointPrior;
}

/** Tasks by their domain; 0 is the target. */
function byDomain(tasks: readonly Task[]): ReadonlyMap<number, readonly Task[]> {
  const groups = new Map<number, Task[]>();
  for (const task of tasks) {
    const domain = task.domain ?? 0;
    groups.set(domain, [...(groups.get(domain) ?? []), task]);
  }
  return groups;
}

function domainGradients(
  domains: Readonly<Record<Side, Domain>>,
  { sourceWeight }: JointConfig,
): DomainGradient {
  return async (prior, { domain, tasks, rng }) => {
    const side: Side = domain === 0 ? "target" : "source";
    const weight = side === "target" ? 1 : sourceWeight;
    const { loss, grads } = await domains[side].learner.gradients(priorOf(prior, side), tasks, rng);
    const scaled = mapTree<HostParams, Float32Array, Float32Array>(grads, (leaf) =>
      leaf.map((x) => weight * x),
    ) as unknown as OneClassPrior;
    return { loss, side, gradient: placed(prior, scaled, side) };
  };
}

/** A domain's gradients in the nesting of the joint prior; zeros where it says nothing. */
function placed(prior: JointPrior, { params, content }: OneClassPrior, side: Side): JointPrior {
  const all: Part = { ...(params as Part), content };
  const pick = <P extends Part>(like: P): P =>
    Object.fromEntries(Object.keys(like).map((key) => [key, all[key]!])) as P;
  const nothing = zerosLike(prior) as JointPrior;
  return { ...nothing, shared: pick(prior.shared), [side]: pick(prior[side]) };
}
