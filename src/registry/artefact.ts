import type { Tensors } from "../tensor/safetensors/safetensors.ts";

/** A JSON value: what a configuration and metrics are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Where a model comes from. Absent fields are not known. */
export interface Lineage {
  /** `Dataset.hash` of the training data. */
  readonly dataHash?: string;
  /** Id of the artefact that training started from. */
  readonly parent?: string;
  /** Commit of the code. */
  readonly commit?: string;
}

/** What its maker says about a saved model. The registry reads nothing into `kind`, `config` or `metrics`. */
export interface Description {
  /** What can load it: "bayes-head", "maml", ... */
  readonly kind: string;
  /** Lower-case letters, digits, "-", "_" and "."; the id begins with it. */
  readonly name: string;
  /** ISO 8601, in UTC. */
  readonly createdAt: string;
  readonly config: Json;
  readonly lineage: Lineage;
  readonly metrics: Readonly<Record<string, Json>>;
}

/** A saved model: weights, compiled programs (ONNX) and small extra files (catalogue, vocabularies), each by name. */
export interface Artefact {
  readonly manifest: Description;
  readonly tensors: Tensors;
  readonly programs: Readonly<Record<string, Uint8Array>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** One file of a saved model. */
export interface Part {
  /** Relative to the artefact's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `manifest.json`: the description, every other file with its size and hash, and a hash over all of that. */
export interface Manifest extends Description {
  readonly format: "foretaste-artefact";
  readonly schemaVersion: number;
  readonly parts: readonly Part[];
  /** SHA-256 of the manifest without this field; its first 12 digits end the id. */
  readonly hash: string;
}

/** An artefact as it was found on disk, every hash checked. */
export interface LoadedArtefact extends Artefact {
  readonly id: string;
  readonly manifest: Manifest;
}
