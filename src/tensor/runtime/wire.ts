import { type ErrorCode, type ErrorParts, ForetasteError } from "../../base/errors.ts";

/** An error as it crosses a thread boundary, where classes get lost. */
export type WireError =
  | { readonly code: ErrorCode; readonly parts: ErrorParts }
  | { readonly message: string };

export function toWire(error: unknown): WireError {
  if (!(error instanceof ForetasteError)) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
  const { cause: _, ...parts } = error.parts;
  return { code: error.code, parts };
}

export function fromWire(error: WireError): Error {
  return "code" in error ? new ForetasteError(error.code, error.parts) : new Error(error.message);
}
