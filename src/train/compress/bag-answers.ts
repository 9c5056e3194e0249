import type { RunContext } from "../../base/progress.ts";
import { checkStop } from "../../base/stop.ts";
import { compile, input, matmul, type Program, type Tensor } from "../../tensor/index.ts";
import { centre, gather, type Shares, spread } from "./bag-shares.ts";

/** Texts in which a bag's answers are looked for. */
export interface BagEquations extends Shares {
  /** What a text says by its tokens' known vectors, centred: `S A`. `[texts, width]` */
  readonly read: Float32Array;
  /** What it should say, centred. `[texts, width]` */
  readonly wanted: Float32Array;
  readonly ridge: number;
}

/** Where the steps end: length of what is left, relative to what is wanted. */
const LEFT = 1e-2;
const MOST_STEPS = 50;

/**
 * `(C (S A A^T S^T + S S^T) C + ridge I)^-1 wanted`, `C` taking means off, by conjugate gradients, a column by itself
 * (Hestenes and Stiefel 1952). No matrix of texts by texts is made. Progress counts steps. `[texts, width]`
 *
 * @throws CANCELLED
 */
export async function answersOf(equations: BagEquations, ctx: RunContext): Promise<Float32Array> {
  const { wanted, width } = equations;
  const answers = new Float32Array(wanted.length);
  const left = wanted.slice();
  const direction = wanted.slice();
  const program = await readProgram(wanted.length / width, width);
  let lengths = columnProducts(left, left, width);
  const start = total(lengths);
  const report = ctx.progress.start("fit the bag", MOST_STEPS);
  for (let step = 0; step < MOST_STEPS && total(lengths) > LEFT ** 2 * start; step++) {
    checkStop(ctx, "distillation", { done: step, of: MOST_STEPS, what: "steps" });
    const image = await applied(equations, direction, program);
    const along = columnProducts(direction, image, width);
    const moves = lengths.map((length, j) => (along[j]! > 0 ? length / along[j]! : 0));
    addColumns(answers, moves, direction);
    addColumns(
      left,
      moves.map((move) => -move),
      image,
    );
    const next = columnProducts(left, left, width);
    const turns = next.map((length, j) => (lengths[j]! > 0 ? length / lengths[j]! : 0));
    for (let i = 0; i < left.length; i++) direction[i] = left[i]! + turns[i % width]! * direction[i]!;
    lengths = next;
    report.update(step + 1, `${Math.sqrt(total(lengths) / start).toExponential(1)} left`);
  }
  report.finish();
  await program.release();
  return answers;
}

/** `C (S A A^T S^T + S S^T) C x + ridge x` for centred `x`. */
async function applied(
  equations: BagEquations,
  x: Float32Array,
  program: ReadProgram,
): Promise<Float32Array> {
  const { read, width, weights, ridge } = equations;
  const { image } = await program.run({ read, x });
  const table = new Float32Array(weights.length * width);
  spread(equations, x, table);
  gather(equations, table, image);
  centre(image, width);
  for (let i = 0; i < image.length; i++) image[i]! += ridge * x[i]!;
  return image;
}

type ReadProgram = Program<{ readonly read: Tensor; readonly x: Tensor }, { readonly image: Tensor }>;

/** `R (R^T x)` */
function readProgram(texts: number, width: number): Promise<ReadProgram> {
  const [read, x] = [input("read", [texts, width]), input("x", [texts, width])];
  const image = matmul(read, matmul(read, x, { transposeA: true }));
  return compile({ read, x }, { image }, { offThread: false });
}

/** Sums of products, a column by itself. */
function columnProducts(a: Float32Array, b: Float32Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < a.length; i++) sums[i % width]! += a[i]! * b[i]!;
  return sums;
}

/** Adds a multiple of each column, in place. */
function addColumns(to: Float32Array, moves: Float64Array, from: Float32Array): void {
  const width = moves.length;
  for (let i = 0; i < to.length; i++) to[i]! += moves[i % width]! * from[i]!;
}

const total = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0);
