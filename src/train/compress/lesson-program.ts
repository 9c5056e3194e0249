import type { Checkpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { storedInputs } from "../../encoders/pretrained/checkpoint/stored.ts";
import type { TransformerConfig } from "../../encoders/pretrained/transformer/config.ts";
import { encodeStates, hiddenStates } from "../../encoders/pretrained/transformer/network.ts";
import {
  add,
  compile,
  div,
  grad,
  input,
  matmul,
  mean,
  mul,
  type Program,
  pick,
  rsqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type Tree,
  unsqueeze,
} from "../../tensor/index.ts";
import { taughtBy } from "./student.ts";

/** What counts in the loss beside the vectors themselves. */
export interface LessonWeights {
  /** Of hidden states, through a learned projection (Romero et al. 2015, eq. 3; Jiao et al. 2020, eq. 8). */
  readonly hidden?: number;
  /** Of the similarities between the texts of a batch (Tung and Mori 2019, eq. 3). */
  readonly similarities?: number;
}

interface LessonShape {
  readonly rows: number;
  readonly length: number;
  readonly weights: LessonWeights;
}

/** Learned maps from a student's hidden states to the teacher's, one a layer; they begin as the identity. */
export function startProjections({ layers, width }: TransformerConfig): Record<string, Float32Array> {
  const identity = (): Float32Array =>
    Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
  return Object.fromEntries(Array.from({ length: layers }, (_, layer) => [`layer${layer}`, identity()]));
}

interface Trained {
  readonly [key: string]: Tree<Tensor>;
  readonly student: Tree<Tensor>;
  readonly projections: Readonly<Record<string, Tensor>>;
}

/** A step's program, fed tokens, the teacher's weights, the student's frozen and trained ones. */
export type LessonProgram = Program<
  {
    readonly tokens: { readonly ids: Tensor; readonly mask: Tensor };
    readonly teacher: Tree<Tensor>;
    readonly frozen: Tree<Tensor>;
    readonly trained: Trained;
  },
  { readonly loss: Tensor; readonly gradients: Trained }
>;

/** The program of one step: loss and gradients of what is trained, the teacher's answers computed beside it. */
export function lessonProgram(
  student: Checkpoint,
  teacher: Checkpoint,
  isTrained: (path: string) => boolean,
  { rows, length, weights }: LessonShape,
): Promise<LessonProgram> {
  const tokens = { ids: input("ids", [rows, length], "int32"), mask: input("mask", [rows, length]) };
  const [mine, theirs] = [student, teacher].map(({ config, stored }) => storedInputs(config, stored));
  const { layers, width } = student.config;
  const projections = Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [`layer${layer}`, input(`layer${layer}`, [width, width])]),
  );
  const trained = { student: pick<Tensor>(mine!.inputs, isTrained), projections };
  const frozen = pick<Tensor>(mine!.inputs, (path) => !isTrained(path));
  const states = hiddenStates(student.config, mine!.params, tokens);
  const wanted = hiddenStates(teacher.config, theirs!.params, tokens).map(stopGradient);
  const vectors = encodeStates(student.config, mine!.params, states.at(-1)!, tokens.mask);
  const answers = stopGradient(encodeStates(teacher.config, theirs!.params, wanted.at(-1)!, tokens.mask));
  const hidden = states.slice(1).map((state, layer) => {
    const target = wanted[taughtBy(layer, layers, teacher.config.layers) + 1]!;
    return hiddenLoss(matmul(state, projections[`layer${layer}`]!), target, tokens.mask);
  });
  const loss = lessonLoss(vectors, answers, hidden, weights);
  return compile(
    { tokens, teacher: theirs!.inputs, frozen, trained },
    { loss, gradients: grad(loss, trained) },
    { offThread: false },
  );
}

/**
 * `mean(1 - cos(s, t)) + similarities mean((S S^T - T T^T)^2) + hidden mean_l |h_l P_l - h'_l|^2`, rows of `S` and `T` of
 * length one.
 */
export function lessonLoss(
  vectors: Tensor,
  answers: Tensor,
  hidden: readonly Tensor[],
  { similarities = 1, hidden: share = 1 }: LessonWeights,
): Tensor {
  const [s, t] = [unit(vectors), unit(answers)];
  const apart = sub(1, mean(sum(mul(s, t), -1)));
  const gram = (x: Tensor): Tensor => matmul(x, x, { transposeB: true });
  const among = mul(similarities, mean(square(sub(gram(s), gram(t)))));
  const inside =
    hidden.length === 0
      ? 0
      : mul(
          share / hidden.length,
          hidden.reduce((a, b) => add(a, b)),
        );
  return add(add(apart, among), inside);
}

const unit = (x: Tensor): Tensor => mul(x, rsqrt(add(sum(square(x), -1, true), 1e-12)));

/** Mean squared difference over tokens that are there, in units of the target's own mean square. */
function hiddenLoss(x: Tensor, target: Tensor, mask: Tensor): Tensor {
  const there = unsqueeze(mask, -1);
  const total = (y: Tensor): Tensor => sum(mul(square(y), there));
  return div(total(sub(x, target)), add(total(target), 1e-6));
}
