import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { ForetasteError } from "../../base/errors.ts";
import type { CellResult, CellSpec } from "./cell.ts";

/** A computed cell on disk, with the circumstances of its computation. */
export interface StoredCell extends CellResult {
  readonly spec: CellSpec;
  /** Version of the code that computed it. */
  readonly code: string;
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  /** Cells that were computed at the same time at most: they share the machine. */
  readonly jobs: number;
}

/** What every kept cell says of its computation. */
type Kept = Pick<StoredCell, "code" | "date">;

/** Finds and keeps computed cells. */
export interface CellStore<Cell extends Kept = StoredCell> {
  /** The cell of this version of the code, or with `anyCode` the newest of any. */
  find(key: string, code: string, options?: { readonly anyCode?: boolean }): Promise<Cell | undefined>;
  save(key: string, cell: Cell): Promise<void>;
  /** Folder for the checkpoints of an unfinished cell. */
  checkpoints(key: string, code: string): string;
}

/**
 * A folder with one JSON file a cell, `<key>-<code>.json`; files appear whole or not at all, so several runs may share it.
 *
 * @example const store = openCellStore(".foretaste/cells"); await store.find(key, code);
 */
export function openCellStore<Cell extends Kept = StoredCell>(folder: string): CellStore<Cell> {
  const fileOf = (key: string, code: string): string => join(folder, `${key}-${code}.json`);
  return {
    async find(key, code, { anyCode = false } = {}) {
      const exact = await readCell<Cell>(fileOf(key, code));
      if (exact !== undefined || !anyCode) return exact;
      const names = (await list(folder)).filter(
        (name) => name.startsWith(`${key}-`) && name.endsWith(".json"),
      );
      const cells = await Promise.all(names.map((name) => readCell<Cell>(join(folder, name))));
      return cells.filter((cell) => cell !== undefined).sort((a, b) => (a.date < b.date ? 1 : -1))[0];
    },
    async save(key, cell) {
      await mkdir(folder, { recursive: true });
      const file = fileOf(key, cell.code);
      const unfinished = `${file}.${process.pid}.unfinished`;
      const handle = await open(unfinished, "w");
      try {
        await handle.writeFile(JSON.stringify(cell, pack));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, file);
    },
    checkpoints: (key, code) => join(folder, ".checkpoints", `${key}-${code}`),
  };
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

async function readCell<Cell>(file: string): Promise<Cell | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text, unpack) as Cell;
  } catch (cause) {
    const parts = { where: file, expected: "a computed cell", got: "text that is no JSON", cause };
    throw new ForetasteError("ARTEFACT", { ...parts, hint: "Remove the file; it will be computed again." });
  }
}

const compact = { f32: Float32Array, i32: Int32Array, u8: Uint8Array } as const;
type Compact = keyof typeof compact;

/** Figures stay readable, `{ "f64": [.5, null] }` with null for what is not a number; other columns are base64. */
function pack(_key: string, value: unknown): unknown {
  if (value instanceof Float64Array)
    return { f64: Array.from(value, (v) => (Number.isFinite(v) ? v : null)) };
  if (!ArrayBuffer.isView(value)) return value;
  const found = (Object.keys(compact) as Compact[]).find((type) => value instanceof compact[type]);
  const { buffer, byteOffset, byteLength } = value;
  return { [found ?? "unknown"]: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
}

function unpack(_key: string, value: unknown): unknown {
  const entries: [string, unknown][] =
    typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length !== 1) return value;
  const [type, content] = entries[0] as [string, unknown];
  if (type === "f64" && Array.isArray(content)) {
    return Float64Array.from(content as (number | null)[], (v) => v ?? Number.NaN);
  }
  if (!Object.hasOwn(compact, type) || typeof content !== "string") return value;
  const bytes = Uint8Array.from(Buffer.from(content, "base64"));
  return new compact[type as Compact](bytes.buffer);
}
