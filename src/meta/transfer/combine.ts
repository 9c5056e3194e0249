import type { Rng } from "../../base/rng.ts";
import { type Arrays, applyUpdates, zerosLike } from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import { flatten, mapTree } from "../../tensor/index.ts";
import type { Info } from "../learner.ts";
import type { Combining, JointPrior, Side } from "./joint-types.ts";
import { gradientCosine, projectConflicts } from "./pcgrad.ts";

/** Loss and gradient of a batch of one domain, in the nesting of the joint prior. */
export type DomainGradient = (
  prior: JointPrior,
  batch: { readonly domain: number; readonly tasks: readonly Task[]; readonly rng: Rng },
) => Promise<{ readonly loss: number; readonly side: Side; readonly gradient: JointPrior }>;

export interface CombineOptions {
  readonly how: Combining;
  readonly prior: JointPrior;
  readonly rng: Rng;
  readonly gradientOf: DomainGradient;
  /** Length of the step that "hold out" looks ahead, relative to the gradient. */
  readonly rate: number;
}

/** One gradient of the batches of several domains; `loss` is the mean over domains. */
export async function combine(
  groups: ReadonlyMap<number, readonly Task[]>,
  options: CombineOptions,
): Promise<{ readonly gradient: JointPrior; readonly info: Info }> {
  const { how, prior, rng, gradientOf, rate } = options;
  const heldOut =
    how === "hold out" && groups.size > 1
      ? rng.split("held out").sample([...groups.keys()], 1)[0]
      : undefined;
  const near = await gradientsAt(prior, groups, { gradientOf, rng, without: heldOut });
  if (heldOut === undefined) return merged(near, how, rng);
  const ahead = mapTree<Arrays, Float32Array, Float32Array>(sumOf(near), (leaf) =>
    leaf.map((x) => -rate * x),
  );
  const moved = applyUpdates(prior, ahead);
  const tasks = groups.get(heldOut)!;
  const far = await gradientOf(moved, { domain: heldOut, tasks, rng: rng.split(heldOut) });
  return merged([...near, far], "sum", rng);
}

type Found = Awaited<ReturnType<DomainGradient>>;

async function gradientsAt(
  prior: JointPrior,
  groups: ReadonlyMap<number, readonly Task[]>,
  {
    gradientOf,
    rng,
    without,
  }: Pick<CombineOptions, "gradientOf" | "rng"> & { readonly without: number | undefined },
): Promise<Found[]> {
  const found: Found[] = [];
  for (const [domain, tasks] of groups)
    if (domain !== without) found.push(await gradientOf(prior, { domain, tasks, rng: rng.split(domain) }));
  return found;
}

function merged(
  found: readonly Found[],
  how: Combining,
  rng: Rng,
): { readonly gradient: JointPrior; readonly info: Info } {
  const total = sumOf(found);
  const loss = found.reduce((sum, one) => sum + one.loss, 0) / found.length;
  if (how !== "project" || found.length < 2) return { gradient: total, info: { loss } };
  const flat = (["source", "target"] as const).map((side) =>
    flattened(
      sumOf(
        found.filter((one) => one.side === side),
        total,
      ).shared,
    ),
  );
  const shared = unflattened(projectConflicts(flat, rng.split("conflicts")), total.shared);
  return { gradient: { ...total, shared }, info: { loss, cosine: gradientCosine(flat[0]!, flat[1]!) } };
}

function sumOf(found: readonly Found[], like?: JointPrior): JointPrior {
  const zero = zerosLike(like ?? found[0]!.gradient) as JointPrior;
  return found.reduce((sum, { gradient }) => applyUpdates(sum, gradient), zero);
}

function flattened(tree: Arrays): Float32Array {
  return Float32Array.from(flatten<Float32Array>(tree).flatMap(([, leaf]) => Array.from(leaf)));
}

function unflattened<T extends Arrays>(flat: Float32Array, like: T): T {
  let at = 0;
  return mapTree<Arrays, Float32Array, Float32Array>(like, (leaf) => {
    at += leaf.length;
    return flat.slice(at - leaf.length, at);
  }) as T;
}
