import { type ErrorCode, type ErrorParts, ForetasteError } from "../../base/errors.ts";
import type { Problem, ProblemPlace } from "../contract.ts";

const statuses: Partial<Record<ErrorCode, number>> = { REQUEST: 400, NOT_FOUND: 404 };

const titles: Readonly<Record<number, string>> = {
  400: "The request is malformed",
  404: "Not found",
  413: "The request is too large",
  415: "Send JSON with content-type application/json",
  421: "This service answers to its loopback name only",
  500: "The service failed",
  503: "The service is not ready",
};

/** A {@link ForetasteError} `REQUEST` that carries every place that is wrong, the first in its message. */
export function requestError(places: readonly ErrorParts[]): ForetasteError {
  const first = places[0] ?? { where: "request", expected: "another request", got: "this one" };
  return new ForetasteError("REQUEST", { ...first, cause: places });
}

/** The status of any error thrown while a request was answered. */
export function statusOf(error: unknown): number {
  if (error instanceof ForetasteError) return statuses[error.code] ?? 500;
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 600 ? status : 500;
}

/**
 * An error as its caller may see it (RFC 9457): the caller's own mistakes are explained, ours are only numbered, so
 * that no path, statement or stack ever leaves the process.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  const status = statusOf(error);
  const places = placesOf(error);
  return {
    type: `urn:foretaste:problem:${status === 400 ? "request" : status}`,
    title: titles[status] ?? "The request was refused",
    status,
    detail: detailOf(error, status),
    instance: `urn:foretaste:request:${requestId}`,
    ...(places.length === 0 ? {} : { errors: places.slice(0, 20) }),
  };
}

function detailOf(error: unknown, status: number): string {
  if (status >= 500) return "The log of the service says more, under the number of this request.";
  return error instanceof Error ? error.message : (titles[status] ?? "");
}

function placesOf(error: unknown): readonly ProblemPlace[] {
  if (!(error instanceof ForetasteError) || error.code !== "REQUEST") return [];
  const places = Array.isArray(error.cause) ? (error.cause as readonly ErrorParts[]) : [error.parts];
  return places.map(({ where, expected, got }) => ({ where, expected, got }));
}
