import { resolve } from "node:path";
import type { RunContext } from "../../base/progress.ts";
import type { Matrix } from "../../encoders/bags.ts";
import { readCheckpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { checkpointFolder, openTextEncoder } from "../../encoders/pretrained/open-text-encoder.ts";
import { vectorsOf } from "../../encoders/pretrained/text-columns.ts";
import type { TextEncoder } from "../../encoders/pretrained/text-encoder.ts";
import {
  bootstrapMean,
  type Interval,
  type PairedInterval,
  pairedBootstrap,
} from "../../evaluate/bootstrap.ts";
import type { DataConfig } from "../config.ts";
import { agreement, type ColdQuestion, coldQuality, coldQuestion } from "../encoders/cold-quality.ts";
import { checkOutput, encoderBytes, settle } from "../encoders/output.ts";
import { itemTexts } from "../encoders/texts.ts";
import { loadData } from "../load-data.ts";
import { type Limits, objections } from "./judge.ts";
import { type CompressionMethod, type CompressionSettings, compressInto } from "./methods.ts";
import { type Speed, speedsOf } from "./speed.ts";

export interface CompressionRequest extends Limits {
  /** Name or folder of a checkpoint. */
  readonly encoder: string;
  readonly method: CompressionMethod;
  readonly settings: CompressionSettings;
  readonly data: DataConfig;
  readonly output: string;
  readonly seed: number;
  /** Most people who are asked. */
  readonly people: number;
  /** Students learn from the texts of cold items as well; never from their events. */
  readonly allTexts?: boolean;
  /** Writes what was found wanting, and over what is there. */
  readonly force: boolean;
  readonly threads: number;
  /** Folder of vectors that were computed before. */
  readonly cache?: string;
}

/** One side of the comparison. */
export interface Side extends Speed {
  readonly bytes: number;
  /** nDCG@10 of strict cold items, full ranking among them. */
  readonly ndcg: Interval;
}

export interface CompressionResult {
  readonly encoder: string;
  readonly method: CompressionMethod;
  readonly dataset: string;
  readonly before: Side;
  readonly after: Side;
  /** Of nDCG@10, after less before, on the same people. */
  readonly difference: PairedInterval;
  /** Whether students learned from the texts of items that are asked about. */
  readonly allTexts: boolean;
  /** Cosine with the teacher's vectors, over texts of items that are asked about: without `allTexts` nobody learned from them. */
  readonly cosine: Interval;
  /** Why it is not good enough; empty when it is. */
  readonly objections: readonly string[];
  readonly written: boolean;
}

/**
 * Compresses an encoder, measures what was written against what it was made of on the user's own data, and keeps the
 * folder only if it is good enough. Items are cold for the question: students learn from texts of other items alone, unless
 * `allTexts`.
 *
 * @throws CONFIG when the output is there already, or holds no encoder that could be written over; NOT_FOUND when the
 *   encoder is no checkpoint; SPLIT, NUMERIC, CANCELLED
 */
export async function runCompression(
  request: CompressionRequest,
  ctx: RunContext,
): Promise<CompressionResult> {
  const { encoder, method, settings, seed, threads, force, allTexts = false } = request;
  const [output, folder] = [resolve(request.output), checkpointFolder(encoder)];
  checkOutput(output, folder, force);
  const { dataset } = await loadData(request.data, ctx);
  const question = coldQuestion(dataset, request);
  const texts = itemTexts(dataset.items);
  const taught = texts.filter((text, row) => (allTexts || !question.coldItems.has(row)) && text !== "");
  const run = { threads, ...(request.cache === undefined ? {} : { cache: request.cache }) };
  const teacher = await openTextEncoder(encoder, run, ctx);
  const partial = `${output}.partial`;
  const subject = { checkpoint: readCheckpoint(folder), teacher, texts: taught, seed, settings };
  let keep = false;
  try {
    await settle(partial, output, false);
    await compressInto(partial, method, subject, ctx);
    const sides = { teacher, texts, question, seed };
    const measured = await measure(partial, { ...sides, fresh: encoder, threads }, ctx);
    const { scores, cosines, vectors, speeds } = measured;
    const result = {
      encoder,
      method,
      dataset: dataset.name,
      allTexts,
      before: { bytes: encoderBytes(folder), ...speeds[0], ndcg: bootstrapMean(scores.before, { seed }) },
      after: { bytes: encoderBytes(partial), ...speeds[1], ndcg: bootstrapMean(scores.after, { seed }) },
      difference: pairedBootstrap(scores.after, scores.before, { seed }),
      cosine: bootstrapMean(cosines, { seed }),
    };
    const against = objections(result, vectors, request);
    keep = against.length === 0 || force;
    return { ...result, objections: against, written: keep };
  } finally {
    await teacher.release();
    await settle(partial, output, keep);
  }
}

interface Sides {
  readonly teacher: TextEncoder;
  /** Name of the teacher, to be opened without a cache. */
  readonly fresh: string;
  readonly texts: readonly string[];
  readonly question: ColdQuestion;
  readonly seed: number;
  readonly threads: number;
}

/** Quality, agreement and speed of what was written, beside what it was made of. */
async function measure(
  partial: string,
  { teacher, fresh, texts, question, seed, threads }: Sides,
  ctx: RunContext,
) {
  const [plain, student] = [
    await openTextEncoder(fresh, { threads }),
    await openTextEncoder(partial, { threads }),
  ];
  try {
    const [old, now] = [await vectorsOf(texts, teacher, ctx), await vectorsOf(texts, student, ctx)];
    const vectors = now.data.filter((_, i) => texts[Math.floor(i / now.width)] !== "");
    const quality = async (by: Matrix, sound: boolean): Promise<Float64Array> =>
      sound ? coldQuality(question, by, { seed }, ctx) : nothing(question);
    const scores = {
      before: await quality(old, true),
      after: await quality(now, vectors.every(Number.isFinite)),
    };
    const cosines = agreement(now, old).filter((_, row) => question.coldItems.has(row));
    const timed = texts.filter((text) => text !== "").slice(0, TIMED);
    const speeds = (await speedsOf([plain, student], timed, ctx)) as [Speed, Speed];
    return { scores, cosines, vectors, speeds };
  } finally {
    await Promise.all([plain.release(), student.release()]);
  }
}

/** What a broken encoder says of everybody. */
const nothing = ({ protocol }: ColdQuestion): Float64Array =>
  new Float64Array(protocol.groups[0]!.cases.length).fill(Number.NaN);

/** Texts that speeds are measured on. */
const TIMED = 128;
