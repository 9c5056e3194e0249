import { type ErrorCode, type ErrorParts, ForetasteError } from "../../base/errors.ts";
import type { CellResult, CellSpec } from "./cell.ts";

/** What a worker process is told. */
export type ToWorker =
  | { readonly type: "run"; readonly spec: CellSpec; readonly checkpoints?: string }
  | { readonly type: "stop" };

/** What it says. */
export type FromWorker =
  | { readonly type: "start"; readonly id: number; readonly label: string; readonly total: number }
  | { readonly type: "update"; readonly id: number; readonly done: number; readonly note?: string }
  | { readonly type: "finish"; readonly id: number; readonly note?: string }
  | { readonly type: "done"; readonly result: CellResult }
  | { readonly type: "failed"; readonly error: PlainError };

/** An error that can be sent. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly parts: Omit<ErrorParts, "cause">;
}

/** Any thrown value as data. */
export function toPlainError(error: unknown): PlainError {
  if (error instanceof ForetasteError) {
    const { cause: _, ...parts } = error.parts;
    return { code: error.code, parts };
  }
  const got = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "INTERNAL", parts: { where: "a cell", expected: "a result", got } };
}

export function fromPlainError({ code, parts }: PlainError): ForetasteError {
  return new ForetasteError(code, parts);
}
