import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import type { Rng } from "../../base/rng.ts";
import { pagesOf, type SharedMemory, sharedMemory } from "../kernels/web-assembly.ts";
import { widthOf } from "../kernels/workspace.ts";
import { type AlsPlan, floatsAt, intsAt, type Links, planAls, type SidePlan, SLICES } from "./plan.ts";
import { type AlsTeam, startAlsTeam } from "./team.ts";

export interface AlsOptions {
  readonly embeddingSize: number;
  readonly epochs: number;
  /** Weight w0 of the pairs that were not observed; 1 / alpha of Hu, Koren and Volinsky. */
  readonly unobservedWeight: number;
  readonly regularisation: number;
  /** Exponent nu of the frequency that scales the ridge; 0 is the same ridge for all. */
  readonly frequencyPower: number;
  /** Steps of conjugate gradients a row and epoch. */
  readonly solverSteps: number;
  readonly rng: Rng;
  readonly context?: RunContext;
  /** Does not change a bit of the result. 1 unless told. */
  readonly threads?: number;
}

/** Vectors whose products say how likely a like is. */
export interface AlsFactors {
  /** Numbers a row: the embedding size, rounded up to a multiple of four with zeros. */
  readonly width: number;
  /** `[users, width]` */
  readonly users: Float32Array;
  /** `[items, width]` */
  readonly items: Float32Array;
}

/** A fit that goes on an epoch at a time. */
export interface AlsRun {
  readonly factors: AlsFactors;
  /** One epoch: all users, then all items. */
  epoch(): Promise<void>;
  end(): Promise<void>;
}

/**
 * Implicit alternating least squares: minimises sum over likes (1 - x_u . y_i)^2 + w0 sum over all pairs (x_u . y_i)^2 +
 * sum_u ridge_u |x_u|^2 + sum_i ridge_i |y_i|^2 with ridge_u = regularisation (n_u + w0 items)^nu, ridge_i likewise (Hu,
 * Koren and Volinsky 2008; Rendle, Krichene, Zhang and Koren 2021, "Revisiting the Performance of iALS", eq. 3 and 6).
 * The quadratic part over all pairs needs one Gram matrix a side; the rest touches the likes alone.
 *
 * @param users partners of each user
 * @param items the same likes by item
 * @throws CANCELLED
 */
export async function fitAls(users: Links, items: Links, options: AlsOptions): Promise<AlsFactors> {
  const run = startAls(users, items, options);
  const { epochs, context } = options;
  const bar = context?.progress.start("iALS", epochs);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      if (context?.signal?.aborted === true) throw cancelled(epoch, epochs);
      await run.epoch();
      bar?.update(epoch + 1);
    }
  } finally {
    bar?.finish();
    await run.end();
  }
  const { width, users: u, items: i } = run.factors;
  return { width, users: u.slice(), items: i.slice() };
}

/** Starts factors at N(0, .01 / embeddingSize) without training them. */
export function startAls(users: Links, items: Links, options: AlsOptions): AlsRun {
  const width = widthOf(options.embeddingSize);
  const plan = planAls(users, items, width, options.threads ?? 1);
  const memory = sharedMemory(pagesOf(plan.bytes));
  for (const [side, links] of [
    [plan.users, users],
    [plan.items, items],
  ] as const) {
    intsAt(memory, side.offsets, links.offsets.length).set(links.offsets);
    intsAt(memory, side.others, links.others.length).set(links.others);
    setRidge(side, links, {
      memory,
      others: side === plan.users ? plan.items.rows : plan.users.rows,
      ...options,
    });
  }
  const factors = {
    width,
    users: floatsAt(memory, plan.users.factors, plan.users.rows * width),
    items: floatsAt(memory, plan.items.factors, plan.items.rows * width),
  };
  draw(factors.users, width, options, "users");
  draw(factors.items, width, options, "items");
  const team = startAlsTeam(plan, memory, options.threads ?? 1);
  return {
    factors,
    async epoch() {
      await solve("users", plan, { memory, team, ...options });
      await solve("items", plan, { memory, team, ...options });
    },
    end: () => team.end(),
  };
}

/** What a row's ridge depends on besides its likes. */
export interface RidgeOptions
  extends Pick<AlsOptions, "regularisation" | "frequencyPower" | "unobservedWeight"> {
  readonly memory: SharedMemory;
  /** Rows of the other side. */
  readonly others: number;
}

function setRidge({ ridge, rows }: SidePlan, { offsets }: Links, options: RidgeOptions): void {
  const into = floatsAt(options.memory, ridge, rows);
  for (let row = 0; row < rows; row++) into[row] = ridgeOf(offsets[row + 1]! - offsets[row]!, options);
}

/** regularisation (likes + w0 others)^nu */
export function ridgeOf(likes: number, options: Omit<RidgeOptions, "memory">): number {
  const { regularisation, frequencyPower, unobservedWeight, others } = options;
  return regularisation * (likes + unobservedWeight * others) ** frequencyPower;
}

function draw(into: Float32Array, width: number, { rng, embeddingSize }: AlsOptions, label: string): void {
  const stream = rng.split(label);
  const deviation = 0.1 / Math.sqrt(embeddingSize);
  for (let at = 0; at < into.length; at++) {
    into[at] = at % width < embeddingSize ? deviation * stream.normal() : 0;
  }
}

interface SolveOptions extends Pick<AlsOptions, "unobservedWeight" | "solverSteps"> {
  readonly memory: SharedMemory;
  readonly team: AlsTeam;
}

async function solve(of: "users" | "items", plan: AlsPlan, options: SolveOptions): Promise<void> {
  const { memory, team, unobservedWeight, solverSteps } = options;
  await team.run({ kind: "gram", of: of === "users" ? "items" : "users" });
  const size = plan.width * plan.width;
  const slices = floatsAt(memory, plan.grams, SLICES * size);
  const gram = floatsAt(memory, plan.gram, size);
  for (let cell = 0; cell < size; cell++) {
    let sum = 0;
    for (let slice = 0; slice < SLICES; slice++) sum += slices[slice * size + cell]!;
    gram[cell] = unobservedWeight * sum;
  }
  await team.run({ kind: "solve", of, steps: solverSteps });
}

function cancelled(done: number, total: number): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where: "iALS",
    expected: `${total} epochs`,
    got: `a stop after ${done}`,
  });
}
