import picocolors from "picocolors";

export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
export type Colours = ReturnType<typeof picocolors.createColors>;
type Environment = Readonly<Record<string, string | undefined>>;

/** True where a person looks at the stream: a terminal that can redraw a line. */
export function isTerminal(stream: OutputStream, env: Environment): boolean {
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** Colours for a terminal, none in a pipe or a file; NO_COLOR (no-color.org) and FORCE_COLOR decide first. */
export function coloursFor(stream: OutputStream, env: Environment): Colours {
  if ((env["NO_COLOR"] ?? "") !== "") return picocolors.createColors(false);
  const forced = !["", "0", "false"].includes(env["FORCE_COLOR"] ?? "");
  return picocolors.createColors(forced || isTerminal(stream, env));
}
