import Type from "typebox";
import { parseWith } from "../../../base/schema.ts";

/** A file of a repository, with what its content must hash to. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly checksum: Checksum;
}

/** Large files are known by SHA-256, small ones by git's name of them. */
export type Checksum = { readonly kind: "sha256" | "git"; readonly hex: string };

/** What a repository held at one commit. */
export interface Listing {
  readonly revision: string;
  readonly files: readonly HubFile[];
}

const schema = Type.Object({
  sha: Type.String({ pattern: "^[0-9a-f]{40}$" }),
  siblings: Type.Array(
    Type.Object({
      rfilename: Type.String(),
      size: Type.Optional(Type.Integer({ minimum: 0 })),
      blobId: Type.Optional(Type.String()),
      lfs: Type.Optional(Type.Object({ sha256: Type.String(), size: Type.Integer({ minimum: 0 }) })),
    }),
  ),
});

/** Files that make an encoder, in the repository or one folder below ("1_Pooling"); never a path out of it. */
const OF_ENCODERS = new RegExp(
  "^(\\d+_\\w+/)?(" +
    "config\\.json|model\\.safetensors|model-\\d+-of-\\d+\\.safetensors|model\\.safetensors\\.index\\.json|" +
    "tokenizer\\.json|tokenizer_config\\.json|modules\\.json|" +
    "sentence_bert_config\\.json|config_sentence_transformers\\.json)$",
);

/**
 * Reads the hub's answer about a model (`/api/models/{id}/revision/{revision}?blobs=true`): the files that an encoder is
 * read from.
 *
 * @throws ARTEFACT when it is not such an answer
 */
export function readListing(json: unknown, where: string): Listing {
  const { sha, siblings } = parseWith(schema, json, { code: "ARTEFACT", where });
  const files = siblings.flatMap(({ rfilename: path, size, blobId, lfs }): HubFile[] => {
    if (!OF_ENCODERS.test(path)) return [];
    if (lfs !== undefined) return [{ path, bytes: lfs.size, checksum: { kind: "sha256", hex: lfs.sha256 } }];
    if (blobId === undefined || size === undefined) return [];
    return [{ path, bytes: size, checksum: { kind: "git", hex: blobId } }];
  });
  return { revision: sha, files };
}
