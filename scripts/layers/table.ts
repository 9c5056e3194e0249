/** A folder and the folders of `src/` whose code it may import. The order is the one of the documentation. */
export interface Layer {
  readonly folder: string;
  readonly what: string;
  readonly mayImport: readonly string[] | "everything";
  /** How the row reads in the documentation, where a list would say it worse. */
  readonly inWords?: string;
}

const below = [
  "base",
  "tensor",
  "optim",
  "data",
  "encoders",
  "tasks",
  "models",
  "meta",
  "baselines",
  "evaluate",
];

/** The architecture: docs/architecture.md shows this table, dependency-cruiser enforces it. */
export const layers: readonly Layer[] = [
  {
    folder: "src/base",
    what: "errors, seeded random streams, hashes, clock, progress port",
    mayImport: [],
  },
  {
    folder: "src/tensor",
    what: "differentiable programs: `ops/` one record an operator, `transform/` (map, unroll, checkpoint, implicit), `simplify/` the compiler's passes, `interchange/` ONNX files in and out, `parallel/` shards over threads. `runtime/` holds the only code that knows onnxruntime and the ONNX wire format; `reference/` is a slow float64 interpreter, the oracle of the tests",
    mayImport: ["base"],
  },
  {
    folder: "src/optim",
    what: "optimisers, schedules, clipping as `init` + pure `update`, on arrays or as part of a program; rows of large tables in place",
    mayImport: ["base", "tensor"],
  },
  {
    folder: "src/data",
    what: "the nouns `Dataset`, `Query`, `History`, `Ranker`; `read/` (CSV, TSV, `::`, JSONL, Parquet); check, clean, vocabularies, splits",
    mayImport: ["base"],
  },
  {
    folder: "src/encoders",
    what: "users, items, requests to numbers: bags of tokens (values, knots, hashed words), what is popular when, item levels, factors, who-rated-what, what likes say of one another, what content says of them; `pretrained/` encoders of text that others trained: a transformer of our operators with its weights and tokens, `strategies/` to fine-tune it, `compress/` to make it smaller, caches, the hub; `knowledge/` relations as vectors",
    mayImport: ["base", "tensor", "data"],
  },
  {
    folder: "src/tasks",
    what: "episodes: people, items and domains as tasks, support/query sampling, streams that share nobody, `innerValid`; `augment/` what is done to training tasks",
    mayImport: ["base", "tensor", "data", "encoders"],
  },
  {
    folder: "src/models",
    what: "scoring networks behind the port `Model` (`models.ts` lists them), losses, and the posteriors of the Bayes heads as tensors",
    mayImport: ["base", "tensor"],
  },
  {
    folder: "src/meta",
    what: "learners: how a model is fitted to one support set, and how the prior is meta-trained. `network/` any `Method` (`methods.ts` lists them) on any network; `bayes/` closed forms, and what to ask next; `transfer/` what two domains teach each other, and how far they are apart, and an encoder below a closed-form head (`fine-tune/`)",
    mayImport: ["base", "tensor", "optim", "data", "encoders", "tasks", "models"],
  },
  {
    folder: "src/baselines",
    what: "popularity, nearest neighbours, matrix factorisation, ...: what a meta-learner must beat; `baselines.ts` lists them. `kernels/` vectors in WebAssembly, `als/` alternating least squares on them, over threads",
    mayImport: ["base", "tensor", "data", "encoders"],
  },
  {
    folder: "src/evaluate",
    what: "it judges a `Ranker` or a `PairScorer`, whoever made it: `protocols/` (`protocols.ts` lists them), `metrics/` of one task or pooled, groups, bootstrap, reports, `figures/`",
    mayImport: ["base", "data", "tasks"],
  },
  {
    folder: "src/registry",
    what: "saved models: manifest, weights, ONNX programs, lineage, hashes",
    mayImport: ["base", "tensor"],
  },
  {
    folder: "src/train",
    what: "a run: configuration to trained model and record; composes all of the above. `systems.ts` lists all that can be compared, `networks.ts` the learners on networks with what they ship with; ensembles; `compare/` cells in processes of their own; `tune/` searches; `transfer/` strategies from one domain to another, `two-domains/` people of both; `encoders/` what encoders and modalities are worth on the data at hand; `fine-tune/` and `compress/` change encoders",
    mayImport: [...below, "registry"],
    inWords: "all above",
  },
  {
    folder: "src/store",
    what: "users, items and events of a live service",
    mayImport: ["base"],
  },
  {
    folder: "src/serve",
    what: "adapt, rank, explain; `http/`; `contract.ts` is what clients may import",
    mayImport: ["base", "tensor", "data", "encoders", "models", "meta", "baselines", "registry", "store"],
  },
  {
    folder: "src/cli",
    what: "composition root, one file a command",
    mayImport: [...below, "registry", "train", "store", "serve"],
    inWords: "everything",
  },
  {
    folder: "dashboard",
    what: "browser application, own tsconfig (planned, not there yet)",
    mayImport: ["serve/contract.ts"],
    inWords: "types of `src/serve/contract.ts` only",
  },
  {
    folder: "testing",
    what: "contract suites, gradient checks, golden values, synthetic worlds; imported by tests only",
    mayImport: [...below, "registry", "train", "store", "serve"],
    inWords: "any src folder except cli",
  },
];

/** A package or Node module that only some folders may import, because the rest must stay free of it. */
export interface Owner {
  /** Regular expressions of package or core module names. */
  readonly modules: readonly string[];
  readonly called: string;
  readonly folders: readonly string[];
}

export const owners: readonly Owner[] = [
  {
    called: "onnxruntime, protobufjs",
    modules: ["onnxruntime-[a-z]+", "protobufjs"],
    folders: ["src/tensor/runtime"],
  },
  { called: "tokenizers", modules: ["@huggingface/tokenizers"], folders: ["src/encoders/pretrained"] },
  { called: "decoders of images", modules: ["pngjs", "jpeg-js"], folders: ["src/encoders/pretrained/onnx"] },
  { called: "DuckDB", modules: ["@duckdb/[a-z-]+"], folders: ["src/data/read"] },
  { called: "libsql, Kysely", modules: ["libsql", "kysely"], folders: ["src/store"] },
  { called: "Fastify", modules: ["fastify", "@fastify/[a-z-]+"], folders: ["src/serve/http"] },
  {
    called: "the terminal (commander, cli-table3, cli-progress, picocolors)",
    modules: ["commander", "cli-table3", "cli-progress", "picocolors"],
    folders: ["src/cli"],
  },
  { called: "Vega", modules: ["vega", "vega-lite"], folders: ["src/evaluate/figures"] },
  {
    called: "files (`node:fs`)",
    modules: ["fs", "fs/promises"],
    folders: [
      "src/data/read",
      "src/encoders/pretrained",
      "src/registry",
      "src/train",
      "src/store",
      "src/cli",
    ],
  },
];

/** Folders that must not reach another one even through a third: a learner never sees a file. */
export interface Apart {
  readonly folder: string;
  readonly never: string;
  readonly why: string;
}

export const apart: readonly Apart[] = [
  { folder: "src/meta", never: "src/data/read", why: "a learner never sees a file" },
  { folder: "src/models", never: "src/data", why: "a model never sees a task or a file" },
  { folder: "src/evaluate", never: "src/models", why: "evaluation never sees a model" },
  { folder: "src/serve", never: "src/train", why: "the server process holds no training loop" },
  { folder: "src/serve", never: "src/data/read", why: "the server reads no training file" },
];
