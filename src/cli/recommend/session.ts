import { createInterface } from "node:readline";
import { ForetasteError } from "../../base/errors.ts";
import type { Cli } from "../cli.ts";
import type { Match, TitledItem, TitleIndex } from "./titles.ts";

/** Asks for titles until an empty line or the end of the input. */
export interface Session {
  /** The items of the titles typed until an empty line; `ended` when nothing can come after them. */
  ask(): Promise<{ readonly liked: readonly TitledItem[]; readonly ended: boolean }>;
  close(): void;
}

/** @throws ForetasteError `CANCELLED` (from `ask`) on Ctrl-C */
export function createSession(cli: Cli, titles: TitleIndex): Session {
  const lines = createLineReader(cli, "recommend");
  const mark = (text: string) => cli.say(`  ${text}`);
  return {
    close: () => lines.close(),
    async ask() {
      const liked: TitledItem[] = [];
      for (;;) {
        const typed = await lines.next("> ");
        if (typed === undefined || typed.trim() === "") return { liked, ended: typed === undefined };
        const item = await resolve(typed);
        if (item !== undefined) liked.push(item);
      }
    },
  };

  async function resolve(typed: string): Promise<TitledItem | undefined> {
    const match = titles.find(typed);
    const choices = choicesOf(match);
    const item = choices.length > 1 ? await choose(choices) : choices[0];
    // Words instead of a number are a better description of the title.
    if (typeof item === "string") return resolve(item);
    mark(item === undefined ? cli.colours.yellow("Nothing taken; try other words.") : added(item, match));
    return item;
  }

  async function choose(choices: readonly TitledItem[]): Promise<TitledItem | string | undefined> {
    for (const [at, choice] of choices.entries()) mark(`${at + 1}  ${choice.label}`);
    const typed = ((await lines.next("which number? ")) ?? "").trim();
    if (/^\d$/.test(typed)) return choices[Number(typed) - 1];
    return typed === "" ? undefined : typed;
  }

  function added(item: TitledItem, match: Match): string {
    const remark = match.kind === "corrected" ? cli.colours.dim("  (the nearest title)") : "";
    return `${cli.colours.green("+")} ${item.label}${remark}`;
  }
}

function choicesOf(match: Match): readonly TitledItem[] {
  if (match.kind === "unknown") return [];
  return match.kind === "ambiguous" ? match.choices : [match.item, ...match.series];
}

export interface LineReader {
  /** The next line; undefined at the end of the input. @throws CANCELLED on Ctrl-C */
  next(prompt: string): Promise<string | undefined>;
  close(): void;
}

/** Lines one at a time, none lost between two questions, also when they come from a pipe all at once. */
export function createLineReader(cli: Cli, where: string): LineReader {
  const terminal = cli.stdin.isTTY === true && cli.stderr.isTTY === true;
  const reader = createInterface({ input: cli.stdin, output: cli.stderr, terminal });
  const iterator = reader[Symbol.asyncIterator]();
  const interrupted = new Promise<never>((_resolve, reject) => {
    reader.once("SIGINT", () => {
      cli.say("");
      reject(cancelled(where));
    });
    cli.signal.addEventListener("abort", () => reject(cancelled(where)), { once: true });
  });
  // Nobody may be waiting when it happens.
  interrupted.catch(() => {});
  return {
    close: () => reader.close(),
    async next(prompt: string): Promise<string | undefined> {
      reader.setPrompt(prompt);
      if (terminal) reader.prompt();
      const line = await Promise.race([iterator.next(), interrupted]);
      return line.done === true ? undefined : line.value;
    },
  };
}

function cancelled(where: string): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where,
    expected: "an answer or an empty line",
    got: "Ctrl-C",
  });
}
