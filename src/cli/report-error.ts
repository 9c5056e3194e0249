import { CommanderError } from "commander";
import { ForetasteError } from "../base/errors.ts";
import type { Colours } from "./colours.ts";

/** What a shell is told: 0 done, 1 failed, 2 wrongly called, 130 stopped by the user. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return codeOf(error) === "CANCELLED" ? 130 : 1;
}

/** An error as a person sees it, in one line; with `debug` also where it came from. */
export function formatError(error: unknown, colours: Colours, debug: boolean): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice =
    code === "INTERNAL" && !debug
      ? " This is a defect of ours: please report it with the output of --debug."
      : "";
  const line = colours.red(`error[${code}] ${oneLine(message)}${advice}`);
  return debug ? `${line}\n${stackOf(error)}` : line;
}

function codeOf(error: unknown): string {
  if (error instanceof ForetasteError) return error.code;
  return error instanceof Error && error.name === "AbortError" ? "CANCELLED" : "INTERNAL";
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
