import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../kernels/web-assembly.ts";
import { rowImprover } from "./improve.ts";
import { type AlsPlan, floatsAt, intsAt, type SidePlan, SLICES } from "./plan.ts";

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
  const improve = rowImprover(kernels, width, { gram, scratch, table: other.factors });
  return (row) => {
    const [at, end] = [side.others + 4 * offsets[row]!, side.others + 4 * offsets[row + 1]!];
    if (at === end) factors.fill(0, row * width, (row + 1) * width);
    else improve(side.factors + 4 * width * row, { at, end, ridge: ridges[row]!, steps });
  };
}
