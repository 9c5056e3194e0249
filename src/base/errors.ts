/** Stable codes: programs match on these, people read the message. */
export type ErrorCode =
  | "SHAPE" // tensor shapes or dtypes do not fit
  | "FEED" // a program was run with a wrong input
  | "DEVICE" // the asked device is not available
  | "NUMERIC" // not finite, not positive definite, diverged
  | "DATA" // a file or a row is not what its description says
  | "SPLIT" // a split cannot be made, or leaks
  | "CONFIG" // a configuration or a flag is wrong
  | "ARTEFACT" // a saved model is foreign, corrupt or of another version
  | "NOT_FOUND" // no such user, item, model, file
  | "REQUEST" // a request to the service is malformed
  | "CANCELLED" // stopped by the user
  | "INTERNAL"; // a defect of ours

export interface ErrorParts {
  /** Where: file and line, key path, operator, input name. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. The message always reads "where: expected ..., got .... hint".
 *
 * @example throw new ForetasteError("DATA", { where: "ratings.csv:7", expected: "a number", got: '"abc"' });
 */
export class ForetasteError extends Error {
  override readonly name = "ForetasteError";
  readonly code: ErrorCode;
  readonly parts: ErrorParts;

  constructor(code: ErrorCode, parts: ErrorParts) {
    const hint = parts.hint === undefined ? "" : ` ${parts.hint}`;
    super(`${parts.where}: expected ${parts.expected}, got ${parts.got}.${hint}`, { cause: parts.cause });
    this.code = code;
    this.parts = parts;
  }
}

/** Throws a {@link ForetasteError} unless `condition` holds. `parts` is only built when it is needed. */
export function check(condition: boolean, code: ErrorCode, parts: () => ErrorParts): asserts condition {
  if (!condition) throw new ForetasteError(code, parts());
}
