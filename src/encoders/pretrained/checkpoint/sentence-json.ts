import Type, { type Static } from "typebox";
import { ForetasteError } from "../../../base/errors.ts";
import { parseWith } from "../../../base/schema.ts";
import type { Activation, DenseConfig, Pooling } from "../transformer/config.ts";
import { choose } from "./network-json.ts";

/** Reads a JSON file of a checkpoint; undefined when it is not there. */
export type ReadJson = (file: string) => unknown;

/** What sentence-transformers' files say of the way from tokens to one vector. */
export interface Sentence {
  readonly pooling: Pooling;
  readonly normalise: boolean;
  readonly dense: readonly DenseConfig[];
  /** Where the dense maps' weights lie: a folder each, in their order. */
  readonly denseFolders: readonly string[];
}

const modulesSchema = Type.Array(Type.Object({ path: Type.String(), type: Type.String() }));
const denseSchema = Type.Object({
  in_features: Type.Integer({ minimum: 1 }),
  out_features: Type.Integer({ minimum: 1 }),
  activation_function: Type.String(),
  bias: Type.Optional(Type.Literal(true)),
});

/** Poolings by the word that newer files use, and by the flag of older ones. */
const poolings: Readonly<Record<string, Pooling>> = {
  cls: "cls",
  mean: "mean",
  max: "max",
  mean_sqrt_len_tokens: "meanSqrt",
  weightedmean: "weighted",
  lasttoken: "last",
};

const activations: Readonly<Record<string, Activation>> = {
  Tanh: "tanh",
  Identity: "identity",
  ReLU: "relu",
  GELU: "gelu",
};

/**
 * Reads `modules.json` and what it names; without it, as sentence-transformers has it, the mean of the tokens.
 *
 * @throws ARTEFACT when a module is of a kind that is not known
 */
export function readSentence(readJson: ReadJson, where: string): Sentence {
  const json = readJson("modules.json");
  if (json === undefined) return { pooling: "mean", normalise: false, dense: [], denseFolders: [] };
  const modules = parseWith(modulesSchema, json, { code: "ARTEFACT", where: `${where}/modules.json` });
  const named = modules.map(({ path, type }) => ({ path, kind: type.split(".").at(-1)! }));
  checkOrder(
    named.map(({ kind }) => kind),
    where,
  );
  const folders = named.filter(({ kind }) => kind === "Dense").map(({ path }) => path);
  const pooling = named.find(({ kind }) => kind === "Pooling");
  return {
    pooling: pooling === undefined ? "mean" : readPooling(readJson, `${pooling.path}/config.json`, where),
    normalise: named.at(-1)?.kind === "Normalize",
    dense: folders.map((folder) => readDense(readJson, folder, where)),
    denseFolders: folders,
  };
}

/** Everything but this order would be another function of the tokens. */
function checkOrder(kinds: readonly string[], where: string): void {
  if (/^Transformer( Pooling)?( Dense)*( Normalize)?$/.test(kinds.join(" "))) return;
  const expected = "a Transformer, then Pooling, Dense and Normalize";
  throw new ForetasteError("ARTEFACT", {
    where: `${where}/modules.json`,
    expected,
    got: kinds.join(", ") || "nothing",
  });
}

function readPooling(readJson: ReadJson, file: string, where: string): Pooling {
  const json = (readJson(file) ?? {}) as Readonly<Record<string, unknown>>;
  const flags = Object.keys(json).filter((key) => key.startsWith("pooling_mode_") && json[key] === true);
  const words = flags.map((key) =>
    key.replace("pooling_mode_", "").replace(/^(cls|max|mean)_tokens?$/, "$1"),
  );
  const mode = json.pooling_mode ?? (words.length === 1 ? words[0] : words.join("+"));
  return choose(poolings, mode, `${where}/${file}: pooling_mode`);
}

function readDense(readJson: ReadJson, folder: string, where: string): DenseConfig {
  const file = `${folder}/config.json`;
  const read: Static<typeof denseSchema> = parseWith(denseSchema, readJson(file), {
    code: "ARTEFACT",
    where: `${where}/${file}`,
  });
  const activation = read.activation_function.split(".").at(-1);
  return {
    path: `${folder}.linear`,
    from: read.in_features,
    to: read.out_features,
    activation: choose(activations, activation, `${where}/${file}: activation_function`),
  };
}
