import { ForetasteError } from "../../base/errors.ts";
import { type Dtype, dtypes } from "./dtypes.ts";

/** What the header says of one tensor; offsets in bytes from the start of the data. */
export interface Entry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export interface Header {
  readonly entries: readonly (readonly [string, Entry])[];
  /** Byte of the file at which the data starts. */
  readonly dataStart: number;
}

/** The one key of the header that names no tensor. */
export const metadataKey = "__metadata__";

const lengthBytes = 8;
/** As in the reference implementation: no honest header is longer. */
const longestHeader = 100_000_000;

function refuse(where: string, expected: string, got: string): ForetasteError {
  return new ForetasteError("ARTEFACT", {
    where,
    expected,
    got,
    hint: "The file is corrupt or not safetensors.",
  });
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    throw new ForetasteError("ARTEFACT", {
      where,
      expected: "a JSON header",
      got: (cause as Error).message,
      cause,
    });
  }
  throw refuse(where, "a JSON object as header", "another JSON value");
}

/** One row of the header, checked on its own. */
function readEntry(value: unknown, where: string): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(dtypes, dtype)) {
    throw refuse(where, `a dtype of ${Object.keys(dtypes).join(", ")}`, JSON.stringify(dtype) ?? "none");
  }
  if (!Array.isArray(shape) || !shape.every(isIndex)) {
    throw refuse(where, "a shape of whole numbers", JSON.stringify(shape) ?? "none");
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isIndex)) {
    throw refuse(where, "two offsets", JSON.stringify(offsets) ?? "none");
  }
  const entry: Entry = { dtype: dtype as Dtype, shape, data_offsets: offsets as unknown as [number, number] };
  const bytes = shape.reduce((product, extent) => product * extent, dtypes[entry.dtype].bytes);
  const [begin, end] = entry.data_offsets;
  if (end - begin !== bytes) {
    throw refuse(where, `${bytes} bytes for ${dtype} [${shape.join(", ")}]`, `offsets ${begin} to ${end}`);
  }
  return entry;
}

/** The tensors must tile the data: no gap, no overlap, no byte after the last. */
function checkTiling(entries: readonly (readonly [string, Entry])[], dataBytes: number, where: string): void {
  const byOffset = [...entries].sort(([, a], [, b]) => {
    return a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];
  });
  let expected = 0;
  for (const [
    name,
    {
      data_offsets: [begin, end],
    },
  ] of byOffset) {
    if (begin !== expected)
      throw refuse(`${where}, tensor "${name}"`, `data from byte ${expected}`, `from byte ${begin}`);
    expected = end;
  }
  if (expected !== dataBytes) throw refuse(where, `${expected} bytes of data`, `${dataBytes}`);
}

/** Reads and checks the header of a safetensors file. */
export function parseHeader(bytes: Uint8Array, where: string): Header {
  if (bytes.length < lengthBytes) throw refuse(where, "at least 8 bytes", `${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(longestHeader, bytes.length - lengthBytes))) {
    throw refuse(where, `a header within the ${bytes.length} bytes of the file`, `one of ${length} bytes`);
  }
  const dataStart = lengthBytes + Number(length);
  const rows = Object.entries(readJson(bytes.subarray(lengthBytes, dataStart), where));
  const entries = rows
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => [name, readEntry(value, `${where}, tensor "${name}"`)] as const);
  checkTiling(entries, bytes.length - dataStart, where);
  return { entries, dataStart };
}
