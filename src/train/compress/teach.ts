import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import type { Rng } from "../../base/rng.ts";
import { checkStop } from "../../base/stop.ts";
import { type PaddedTokens, padTokens, type TextBatch } from "../../encoders/pretrained/batches.ts";
import { type Checkpoint, changedCheckpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import type { StoredParams } from "../../encoders/pretrained/checkpoint/stored.ts";
import { openTokenizer } from "../../encoders/pretrained/checkpoint/tokens.ts";
import { layouts } from "../../encoders/pretrained/transformer/layout.ts";
import { adam, applyUpdates, chain, clipByGlobalNorm, cosineDecay } from "../../optim/index.ts";
import { overlay, pick, type Tree } from "../../tensor/index.ts";
import { type LessonWeights, lessonProgram, startProjections } from "./lesson-program.ts";

/** How a student is taught. */
export interface Teaching {
  readonly teacher: Checkpoint;
  /** Numbers that are zero in the student's matrices stay so. */
  readonly sparse?: boolean;
  readonly steps: number;
  readonly learningRate: number;
  readonly rng: Rng;
  /** Share of the matched hidden states in the loss, and of the matrix of similarities; 1 and 1 by default. */
  readonly weights?: LessonWeights;
}

/** Tokens of a step. */
const STEP_TOKENS = 1024;
/** Lengths that texts are padded or cut to; a program each. */
const LENGTHS = [16, 32, 64, 128] as const;

type Numbers = Tree<Float32Array>;

/**
 * Trains a smaller network to give the teacher's vectors (`lessonLoss`), all of its layers and none of its tables; numbers
 * that are zero in its matrices stay so, if `sparse`. Progress counts steps.
 *
 * @param student its weights are plain numbers or factors, not integers
 * @throws NUMERIC when the loss is no number, CANCELLED
 */
export async function teach(
  student: Checkpoint,
  texts: readonly string[],
  options: Teaching,
  ctx: RunContext,
): Promise<Checkpoint> {
  const { teacher, steps, learningRate, rng, weights = {}, sparse = false } = options;
  const isTrained = trainedPath(student);
  const start = student.stored as Numbers;
  const frozen = pick(start, (path) => !isTrained(path));
  let trained = { student: pick(start, isTrained), projections: startProjections(student.config) };
  const optimiser = chain(
    clipByGlobalNorm(1),
    adam({ learningRate: cosineDecay({ from: learningRate, steps }) }),
  );
  let state = optimiser.init(trained);
  const batches = endlessBatches(student, texts, rng);
  const programs = new Map<number, ReturnType<typeof lessonProgram>>();
  const report = ctx.progress.start("teach", steps);
  let smooth = Number.NaN;
  for (let step = 0; step < steps; step++) {
    checkStop(ctx, "distillation", { done: step, of: steps, what: "steps" });
    const { length, rows, feeds } = batches();
    const program =
      programs.get(length) ?? lessonProgram(student, teacher, isTrained, { rows, length, weights });
    programs.set(length, program);
    const { loss, gradients } = await (await program).run({
      tokens: { ...feeds },
      teacher: teacher.stored,
      frozen,
      trained,
    });
    checkFinite(loss[0]!, step);
    const [updates, next] = optimiser.update(gradients, state, trained);
    trained = applyUpdates(trained, updates);
    if (sparse) trained = { ...trained, student: keepZeros(trained.student, pick(start, isTrained)) };
    state = next;
    smooth = Number.isNaN(smooth) ? loss[0]! : 0.95 * smooth + 0.05 * loss[0]!;
    report.update(step + 1, `loss ${smooth.toFixed(4)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  report.finish();
  await Promise.all([...programs.values()].map(async (program) => (await program).release()));
  const stored = overlay<Float32Array | Int8Array>(start, trained.student) as StoredParams;
  return changedCheckpoint(student, { config: student.config, stored });
}

/** All but the tables and what stands before the first layer. */
function trainedPath({ config }: Checkpoint): (path: string) => boolean {
  const { words, positions, types, embeddingNorm, distances } = layouts[config.family];
  const tables = [words, positions, types, embeddingNorm, distances].filter((path) => path !== undefined);
  return (path) => !tables.some((table) => path === table || path.startsWith(`${table}.`));
}

function checkFinite(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new ForetasteError("NUMERIC", {
    where: `distillation, step ${step}`,
    expected: "a finite loss",
    got: String(loss),
    hint: "A smaller learning rate helps.",
  });
}

/** Zeros of the matrices at the start, again. */
function keepZeros(now: Numbers, before: Numbers): Numbers {
  const entries = Object.entries(now).map(([key, value]): [string, Numbers | Float32Array] => {
    const old = before[key]!;
    if (!(value instanceof Float32Array)) return [key, keepZeros(value, old as Numbers)];
    if (key === "bias") return [key, value];
    return [key, value.map((x, i) => ((old as Float32Array)[i] === 0 ? 0 : x))];
  });
  return Object.fromEntries(entries);
}

interface Lesson {
  readonly length: number;
  readonly rows: number;
  readonly feeds: PaddedTokens;
}

/** Batches of texts of about one length, in a seeded order, again and again. */
function endlessBatches(
  { tokenizer, maxTokens }: Checkpoint,
  texts: readonly string[],
  rng: Rng,
): () => Lesson {
  const tokenise = openTokenizer(tokenizer, Math.min(maxTokens, LENGTHS.at(-1)!));
  const tokens = texts.map(tokenise);
  const lengthOf = (count: number): number => LENGTHS.find((length) => count <= length) ?? LENGTHS.at(-1)!;
  let [queue, round]: [TextBatch[], number] = [[], 0];
  const refill = (): void => {
    const stream = rng.split(`round ${round++}`);
    const order = stream.shuffle(tokens.map((_, i) => i));
    queue = LENGTHS.flatMap((length) => {
      const own = order.filter((i) => lengthOf(tokens[i]!.length) === length);
      const rows = STEP_TOKENS / length;
      return Array.from({ length: Math.floor(own.length / rows) }, (_, b) => ({
        length,
        rows,
        texts: own.slice(b * rows, (b + 1) * rows),
      }));
    });
    queue = stream.split("batches").shuffle(queue);
  };
  return () => {
    if (queue.length === 0) refill();
    const batch = queue.pop();
    if (batch === undefined) {
      throw new ForetasteError("DATA", {
        where: "distillation",
        expected: `${STEP_TOKENS / LENGTHS.at(-1)!} texts of one length at least`,
        got: `${texts.length} texts`,
      });
    }
    return { ...batch, feeds: padTokens(tokens, batch) };
  };
}
