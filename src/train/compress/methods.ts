import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { createRng, type Rng } from "../../base/rng.ts";
import { roundBag } from "../../encoders/pretrained/bag/bag.ts";
import { writeBag } from "../../encoders/pretrained/bag/bag-files.ts";
import type { Checkpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { openWordTokenizer } from "../../encoders/pretrained/checkpoint/tokens.ts";
import { writeCheckpoint } from "../../encoders/pretrained/checkpoint/write.ts";
import { roundCheckpoint, valueMaps } from "../../encoders/pretrained/compress/int8.ts";
import { factorCheckpoint } from "../../encoders/pretrained/compress/low-rank.ts";
import { calibrateCheckpoint, inputMoments } from "../../encoders/pretrained/compress/observe.ts";
import { pruneCheckpoint, zeroWeights } from "../../encoders/pretrained/compress/prune.ts";
import type { TextEncoder } from "../../encoders/pretrained/text-encoder.ts";
import { withPieces } from "../encoders/texts.ts";
import { fitBag } from "./fit-bag.ts";
import { shallower } from "./student.ts";
import { teach } from "./teach.ts";

export const compressionMethods = [
  "int8",
  "int8-static",
  "low-rank",
  "prune",
  "prune-weights",
  "distil-bag",
  "distil-transformer",
] as const;
export type CompressionMethod = (typeof compressionMethods)[number];

/** What methods may be told. Each reads its own. */
export interface CompressionSettings {
  /** low-rank, prune, prune-weights: share of what is there that stays. */
  readonly keep: number;
  /** distil-transformer: layers of the student. */
  readonly layers: number;
  /** Steps of teaching after low-rank and prune (0 for none), and of distil-transformer. */
  readonly steps: number;
  /** Where a network is taught: runs of words cut out of each text, besides its sentences. */
  readonly pieces: number;
  readonly learningRate?: number;
}

export const defaultCompression: CompressionSettings = {
  keep: 0.75,
  layers: 3,
  steps: 400,
  pieces: 2,
};

/** Who is compressed, and on which texts. */
export interface Subject {
  readonly checkpoint: Checkpoint;
  readonly teacher: TextEncoder;
  /** What may be learned from: texts of items that are not asked about. */
  readonly texts: readonly string[];
  readonly seed: number;
  readonly settings: CompressionSettings;
}

/** Texts that ranges and moments are measured on. */
const WATCHED = 128;

/**
 * Compresses an encoder into a folder.
 *
 * @throws CANCELLED, NUMERIC; CONFIG where a method does not fit the network
 */
export async function compressInto(
  folder: string,
  method: CompressionMethod,
  subject: Subject,
  ctx: RunContext,
): Promise<number> {
  if (method === "distil-bag") return distilBag(folder, subject, ctx);
  const rng = createRng(subject.seed).split("compress");
  return writeCheckpoint(folder, await smaller(method, subject, rng, ctx));
}

async function smaller(
  method: Exclude<CompressionMethod, "distil-bag">,
  subject: Subject,
  rng: Rng,
  ctx: RunContext,
): Promise<Checkpoint> {
  const { checkpoint, texts, settings } = subject;
  const { keep, layers, steps, learningRate = 1e-4 } = settings;
  const watched = rng.split("watched").sample(texts, WATCHED);
  if (method === "int8-static")
    return calibrateCheckpoint(await roundCheckpoint(checkpoint, {}, ctx), watched, ctx);
  const taught = (student: Checkpoint, sparse = false): Promise<Checkpoint> => {
    const pieces = withPieces(texts, settings.pieces, rng.split("pieces"));
    const options = { teacher: checkpoint, steps, learningRate, rng: rng.split("teach"), sparse };
    return steps === 0 ? Promise.resolve(student) : teach(student, pieces, options, ctx);
  };
  if (method === "distil-transformer") {
    checkLayers(layers, checkpoint.config.layers);
    return taught(shallower(checkpoint, layers));
  }
  const moments = await inputMoments(checkpoint, watched, ctx);
  if (method === "int8")
    return roundCheckpoint(checkpoint, { plain: valueMaps(checkpoint.config), moments }, ctx);
  if (method === "low-rank") return taught(await factorCheckpoint(checkpoint, { keep, moments }, ctx));
  if (method === "prune")
    return taught(pruneCheckpoint(checkpoint, { heads: 1 - keep, inner: 1 - keep }, moments));
  return taught(zeroWeights(checkpoint, 1 - keep, moments), true);
}

function checkLayers(layers: number, most: number): void {
  if (layers <= most) return;
  throw new ForetasteError("CONFIG", {
    where: "--layers",
    expected: `at most the teacher's ${most}`,
    got: String(layers),
  });
}

async function distilBag(
  folder: string,
  { checkpoint, teacher, texts }: Subject,
  ctx: RunContext,
): Promise<number> {
  const { tokenizer } = checkpoint;
  const lesson = {
    tokens: texts.map(openWordTokenizer(tokenizer)),
    vectors: await teacher.embed(texts, ctx),
  };
  const bag = await fitBag({ teacher, tokenizer }, lesson, ctx);
  return writeBag(folder, { ...bag, table: roundBag(bag), tokenizer });
}
