/** An encoder that is known by a short name. */
export interface KnownEncoder {
  readonly name: string;
  /** Its model of the Hugging Face hub; absent for the one that comes with npm. */
  readonly hubId?: string;
  readonly width: number;
  /** Size of what is fetched. */
  readonly megabytes: number;
  readonly what: string;
}

/** Encoders worth a look, small ones first. Any other of the same families is opened by its folder or its hub id. */
export const knownEncoders: readonly KnownEncoder[] = [
  { name: "use-lite", width: 512, megabytes: 27, what: "English; ships with npm, works offline" },
  {
    name: "all-MiniLM-L6-v2",
    hubId: "sentence-transformers/all-MiniLM-L6-v2",
    width: 384,
    megabytes: 91,
    what: "English sentences; small and quick",
  },
  {
    name: "e5-small-v2",
    hubId: "intfloat/e5-small-v2",
    width: 384,
    megabytes: 134,
    what: "English; for search and similarity",
  },
  {
    name: "bge-small-en-v1.5",
    hubId: "BAAI/bge-small-en-v1.5",
    width: 384,
    megabytes: 133,
    what: "English; for search and similarity",
  },
  {
    name: "all-mpnet-base-v2",
    hubId: "sentence-transformers/all-mpnet-base-v2",
    width: 768,
    megabytes: 438,
    what: "English sentences; larger",
  },
  {
    name: "paraphrase-multilingual-MiniLM-L12-v2",
    hubId: "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
    width: 384,
    megabytes: 471,
    what: "50 languages",
  },
  {
    name: "multilingual-e5-small",
    hubId: "intfloat/multilingual-e5-small",
    width: 384,
    megabytes: 471,
    what: "100 languages",
  },
];

/** What the E5 family was trained with, whoever saved it; nothing for others (Wang et al. 2022, sec. 4.3). */
export function promptOf(name: string): string {
  return /(^|[-_/])e5-/i.test(name) ? "query: " : "";
}
