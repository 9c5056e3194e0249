import type { FastifyInstance } from "fastify";
import { ForetasteError } from "../../base/errors.ts";

export const bodyLimitBytes: number = 1024 * 1024;
export const batchLimit: number = 1000;
const depthLimit = 16;
const ownNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/** Accepts JSON only, not deeper than the limit and without `__proto__` or `constructor` keys. */
export function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    if (nestingOf(body) > depthLimit) done(tooDeep());
    else void parse(request, body, done);
  });
}

function tooDeep(): ForetasteError {
  return new ForetasteError("REQUEST", {
    where: "body",
    expected: `at most ${depthLimit} levels of nesting`,
    got: "more",
  });
}

/** Deepest level of brackets outside of strings, without building a value. */
export function nestingOf(json: string): number {
  let [depth, deepest, inText] = [0, 0, false];
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (inText) {
      if (c === "\\") i++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === "{" || c === "[") deepest = Math.max(deepest, ++depth);
    else if (c === "}" || c === "]") depth--;
  }
  return deepest;
}

/** Refuses requests that reached loopback under a foreign name: a web page whose name was rebound to 127.0.0.1. */
export function answerToOwnNameOnly(app: FastifyInstance): void {
  app.addHook("onRequest", async (request) => {
    if (ownNames.has(request.hostname)) return;
    throw Object.assign(new Error("The host of the request is not localhost."), { statusCode: 421 });
  });
}
