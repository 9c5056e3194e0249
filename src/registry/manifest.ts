import { Type } from "typebox";
import { check, ForetasteError } from "../base/errors.ts";
import { hashJson } from "../base/hash.ts";
import { parseWith } from "../base/schema.ts";
import type { Description, Manifest, Part } from "./artefact.ts";

/** Rises when older code could not read a newer artefact. */
export const schemaVersion = 1;

export const manifestFile = "manifest.json";
export const weightsFile = "weights.safetensors";

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const text = Type.String();
const optionalText = Type.Optional(text);
const size = Type.Integer({ minimum: 0 });
const lineage = Type.Object({ dataHash: optionalText, parent: optionalText, commit: optionalText });

const manifestSchema = Type.Object({
  kind: text,
  name: text,
  createdAt: text,
  config: Type.Unknown(),
  lineage,
  metrics: Type.Record(text, Type.Unknown()),
  format: Type.Literal("foretaste-artefact"),
  schemaVersion: Type.Literal(schemaVersion),
  parts: Type.Array(Type.Object({ path: text, bytes: size, sha256: text })),
  hash: text,
});

/** `name-` and the first 12 digits of the manifest's hash: other content, other id. */
export function artefactId({ name, hash }: Manifest): string {
  return `${name}-${hash.slice(0, 12)}`;
}

/** @throws ForetasteError "CONFIG" for a name that makes no folder. */
export function createManifest(description: Description, parts: readonly Part[]): Manifest {
  const { kind, name, createdAt, config, lineage, metrics } = description;
  check(namePattern.test(name), "CONFIG", () => ({
    where: "artefact name",
    expected: 'up to 64 of "a" to "z", "0" to "9", "-", "_", ".", the first a letter or digit',
    got: JSON.stringify(name),
  }));
  const base = { format: "foretaste-artefact", schemaVersion, kind, name, createdAt } as const;
  const unhashed = { ...base, config, lineage, metrics, parts };
  // Once through JSON, so that what JSON cannot say (NaN, undefined) is hashed as it will be read.
  const plain = JSON.parse(JSON.stringify(unhashed)) as typeof unhashed;
  return { ...plain, hash: hashJson(plain) };
}

export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function parseJson(content: string, where: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const got = (cause as Error).message;
    throw new ForetasteError("ARTEFACT", {
      where,
      expected: "JSON",
      got,
      hint: "The file is corrupt.",
      cause,
    });
  }
}

function checkFormat(value: unknown, where: string): void {
  const { format, schemaVersion: version } = (value ?? {}) as Record<string, unknown>;
  check(format === "foretaste-artefact", "ARTEFACT", () => ({
    where,
    expected: 'the format "foretaste-artefact"',
    got: JSON.stringify(format) ?? "none",
    hint: "This is not a model saved by Foretaste.",
  }));
  check(version === schemaVersion, "ARTEFACT", () => ({
    where,
    expected: `schema version ${schemaVersion}`,
    got: JSON.stringify(version) ?? "none",
    hint: "It was saved by another version of Foretaste: load it with that one, or train again.",
  }));
}

/**
 * Reads a manifest and checks its own hash. Every byte counts: it must be written exactly as {@link writeManifest} does.
 *
 * @throws ForetasteError "ARTEFACT" for a foreign, newer or altered manifest.
 */
export function readManifest(content: string, where: string): Manifest {
  const value = parseJson(content, where);
  checkFormat(value, where);
  const manifest = parseWith(manifestSchema, value, { code: "ARTEFACT", where }) as Manifest;
  const { hash, ...rest } = manifest;
  const got = hashJson(rest);
  check(got === hash && writeManifest(manifest) === content, "ARTEFACT", () => ({
    where,
    expected: `hash ${hash}`,
    got: got === hash ? "the same content in another form" : got,
    hint: "The manifest was changed after it was saved.",
  }));
  return manifest;
}
