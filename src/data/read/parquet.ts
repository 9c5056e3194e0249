import { DuckDBInstance } from "@duckdb/node-api";
import { check, ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import type { Cell } from "../cells.ts";
import type { RowSink } from "../clean.ts";
import { sizeOf } from "./lines.ts";

/** Reads columns of a Parquet file through DuckDB; lists stay lists, everything else becomes text. Times are UTC. */
export async function readParquet(
  path: string,
  columns: readonly string[],
  sink: RowSink,
  ctx: RunContext,
): Promise<void> {
  await sizeOf(path);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const source = `read_parquet('${path.replaceAll("'", "''")}')`;
  try {
    await connection.run("set timezone = 'UTC'");
    const described = await connection.runAndReadAll(`describe select * from ${source}`);
    const types = new Map(
      described.getRowObjectsJS().map((row) => [row.column_name as string, row.column_type as string]),
    );
    const selected = columns.map((column) => selectColumn(path, column, types));
    const task = ctx.progress.start(`reading ${path.split(/[\\/]/u).at(-1)}`, 0);
    const result = await connection.stream(`select ${selected.join(", ")} from ${source}`);
    let line = 0;
    for await (const rows of result.yieldRowsJs()) {
      for (const row of rows) {
        const cells = (row as (Cell | null)[]).map((cell) => cell ?? undefined);
        sink.row(cells, ++line);
      }
      task.update(line);
      ctx.signal?.throwIfAborted();
    }
    task.finish();
  } catch (cause) {
    if (cause instanceof ForetasteError) throw cause;
    const got = String((cause as Error).message).split("\n")[0] ?? "an error";
    throw new ForetasteError("DATA", { where: path, expected: "a Parquet file", got, cause });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function selectColumn(path: string, column: string, types: ReadonlyMap<string, string>): string {
  const type = types.get(column);
  check(type !== undefined, "DATA", () => ({
    where: path,
    expected: `a column "${column}"`,
    got: [...types.keys()].join(", "),
  }));
  return `"${column.replaceAll('"', '""')}"::varchar${type.endsWith("[]") ? "[]" : ""}`;
}
