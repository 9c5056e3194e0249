import type { Kernels } from "./kernels.ts";
import { type AlsPlan, floatsAt, intsAt, type SidePlan, SLICES } from "./plan.ts";
import type { SharedMemory } from "./web-assembly.ts";

/** One half of an iteration in two steps: the Gram matrix of the other side, then this side's rows. */
export type AlsJob =
  | { readonly kind: "gram"; readonly of: "users" | "items" }
  | { readonly kind: "solve"; readonly of: "users" | "items"; readonly steps: number };

/** Rows that are taken at a time: few enough that threads end together. */
const PIECE = 64;

/** A thread's part in the work on a plan. */
export interface Rank {
  /** Takes pieces of a job until none is left. Calls `between` after each. */
  work(job: AlsJob, between?: () => Promise<void> | undefined): Promise<void>;
}

export function createRank(
  plan: AlsPlan,
  {
    kernels,
    memory,
    rank,
  }: { readonly kernels: Kernels; readonly memory: SharedMemory; readonly rank: number },
): Rank {
  const counter = intsAt(memory, plan.counter, 1);
  const scratch = plan.scratch + rank * plan.scratchBytes;
  return {
    async work(job, between) {
      const side = plan[job.of];
      const solve =
        job.kind === "solve"
          ? rowSolver(plan, job, { kernels, memory, scratch })
          : (slice: number): void => addSlice(plan, side, { kernels, memory, slice });
      const [count, piece] = job.kind === "solve" ? [side.rows, PIECE] : [SLICES, 1];
      for (;;) {
        const from = Atomics.add(counter, 0, piece);
        if (from >= count) return;
        for (let row = from; row < Math.min(count, from + piece); row++) solve(row);
        const pause = between?.();
        if (pause !== undefined) await pause;
      }
    },
  };
}

interface SliceOptions {
  readonly kernels: Kernels;
  readonly memory: SharedMemory;
  readonly slice: number;
}

/** grams[slice] = sum of outer products of the slice's rows. */
function addSlice({ width, grams }: AlsPlan, side: SidePlan, { kernels, memory, slice }: SliceOptions): void {
  const blocks = Math.ceil(side.rows / 4);
  const start = (s: number): number => side.factors + 16 * width * Math.floor((blocks * s) / SLICES);
  const matrix = grams + 4 * slice * width * width;
  floatsAt(memory, matrix, width * width).fill(0);
  kernels.addGram(matrix, start(slice), start(slice + 1));
}

interface Parts {
  readonly kernels: Kernels;
  readonly memory: SharedMemory;
  readonly scratch: number;
}

/**
 * Improves one row x of a side towards (gram + ridge I + sum_j y_j y_j^T) x = sum_j y_j by conjugate gradients from
 * where it is (Takacs, Pilaszy and Tikk 2011); a row without partners becomes zero.
 */
function rowSolver(
  plan: AlsPlan,
  { of, steps }: { readonly of: "users" | "items"; readonly steps: number },
  { kernels, memory, scratch }: Parts,
): (row: number) => void {
  const { width, gram } = plan;
  const [side, other] = of === "users" ? [plan.users, plan.items] : [plan.items, plan.users];
  const offsets = intsAt(memory, side.offsets, side.rows + 1);
  const ridges = floatsAt(memory, side.ridge, side.rows);
  const factors = floatsAt(memory, side.factors, side.rows * width);
  const [r, p, ap] = [scratch, scratch + 4 * width, scratch + 8 * width];
  return (row) => {
    const [at, end] = [side.others + 4 * offsets[row]!, side.others + 4 * offsets[row + 1]!];
    if (at === end) return void factors.fill(0, row * width, (row + 1) * width);
    const [x, ridge] = [side.factors + 4 * width * row, ridges[row]!];
    // r = sum_j y_j - A x, as -(gram x + ridge x) + sum_j (1 - y_j . x) y_j
    kernels.blend(r, ridge, x, 0, x);
    kernels.combine(r, gram, x);
    kernels.blend(r, -1, r, 0, r);
    kernels.accumulate(r, x, other.factors, at, end, 1, -1);
    kernels.blend(p, 1, r, 0, r);
    let size = kernels.dot(r, r);
    for (let step = 0; step < steps && size > 1e-20; step++) {
      kernels.blend(ap, ridge, p, 0, p);
      kernels.combine(ap, gram, p);
      kernels.accumulate(ap, p, other.factors, at, end, 0, 1);
      const along = size / kernels.dot(p, ap);
      kernels.blend(x, 1, x, along, p);
      kernels.blend(r, 1, r, -along, ap);
      const left = kernels.dot(r, r);
      kernels.blend(p, 1, r, left / size, p);
      size = left;
    }
  };
}
