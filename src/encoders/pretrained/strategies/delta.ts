import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import { sha256 } from "../../../base/hash.ts";
import { flatten, type Shape } from "../../../tensor/index.ts";
import { decodeTensors, encodeTensors } from "../../../tensor/safetensors/safetensors.ts";
import { type Checkpoint, changedCheckpoint } from "../checkpoint/checkpoint.ts";
import { treeOf } from "../transformer/params.ts";
import { strategyOf } from "./strategies.ts";
import type { Strategy, StrategyName, StrategySettings, Weights } from "./strategy.ts";

/** What fine-tuning changed, without the base it stands on. */
export interface Delta {
  /** Name or folder of the base, as it was opened. */
  readonly base: string;
  /** `Checkpoint.hash` of the base: no other will do. */
  readonly baseHash: string;
  readonly strategy: StrategyName;
  readonly settings: StrategySettings;
  readonly maxTokens: number;
  /** The events it learned from: judged on these, it flatters itself. */
  readonly data: { readonly name: string; readonly hash: string };
  readonly trained: Weights;
}

const [about, numbers] = ["delta.json", "delta.safetensors"];

/** Writes a delta as a folder that `openTextEncoder` opens, where its base is. @returns bytes written */
export async function writeDelta(folder: string, { trained, ...rest }: Delta): Promise<number> {
  const tensors = encodeTensors(
    Object.fromEntries(
      flatten<Float32Array>(trained).map(([path, data]) => [
        path,
        { dtype: "F32", shape: [data.length], data },
      ]),
    ),
  );
  const text = `${JSON.stringify(rest, undefined, 2)}\n`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, numbers), tensors);
  await writeFile(join(folder, about), text);
  return tensors.byteLength + Buffer.byteLength(text);
}

export function isDelta(folder: string): boolean {
  return existsSync(join(folder, about));
}

/** @throws ARTEFACT when a file is missing or not what it should be */
export function readDelta(folder: string): Delta {
  try {
    const rest = JSON.parse(readFileSync(join(folder, about), "utf8")) as Omit<Delta, "trained">;
    const tensors = decodeTensors(readFileSync(join(folder, numbers)), join(folder, numbers));
    const leaves = Object.entries(tensors).map(([path, { data }]) => [path, data as Float32Array] as const);
    return { ...rest, trained: treeOf(leaves) };
  } catch (cause) {
    if (cause instanceof ForetasteError) throw cause;
    const got = cause instanceof Error ? cause.message : "a failure";
    const expected = `${about} and ${numbers}`;
    throw new ForetasteError("ARTEFACT", { where: folder, expected, got, cause });
  }
}

/** A checkpoint with what was trained of it: in its own weights, or around them. */
export interface Tuned {
  readonly checkpoint: Checkpoint;
  readonly around?: { readonly strategy: Strategy; readonly trained: Weights };
}

/**
 * A delta on its base. The hash is that of both.
 *
 * @throws ARTEFACT for another base, or leaves that do not fit it
 */
export function withDelta(base: Checkpoint, delta: Delta): Tuned {
  const { baseHash, trained, settings, maxTokens } = delta;
  if (base.hash !== baseHash) {
    throw new ForetasteError("ARTEFACT", {
      where: `fine-tuned ${delta.base}`,
      expected: `the base with hash ${baseHash.slice(0, 12)}`,
      got: base.hash.slice(0, 12),
      hint: "The base's files are not those it was fine-tuned from.",
    });
  }
  const strategy = strategyOf(base.config, delta.strategy, settings);
  checkLeaves(strategy, trained, delta.base);
  const cut = { maxTokens: Math.min(base.maxTokens, maxTokens) };
  const stored = strategy.merge(base.params, trained);
  if (stored !== undefined) return { checkpoint: { ...changedCheckpoint(base, { stored }), ...cut } };
  const leaves = flatten<Float32Array>(trained).map(([path, { buffer, byteOffset, byteLength }]) => [
    path,
    sha256(new Uint8Array(buffer, byteOffset, byteLength)),
  ]);
  const hash = sha256(JSON.stringify([baseHash, delta.strategy, settings, leaves]));
  return { checkpoint: { ...base, ...cut, params: base.params, hash }, around: { strategy, trained } };
}

function checkLeaves({ shapes }: Strategy, trained: Weights, base: string): void {
  const sizes = new Map(flatten<Float32Array>(trained).map(([path, { length }]) => [path, length]));
  for (const [path, shape] of flatten<Shape>(shapes)) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (sizes.get(path) === size) continue;
    const got = `${sizes.get(path) ?? "none"}`;
    throw new ForetasteError("ARTEFACT", {
      where: `fine-tuned ${base}, "${path}"`,
      expected: `${size} numbers`,
      got,
    });
  }
}
