import type { Command } from "commander";
import { ForetasteError } from "../../base/errors.ts";
import type { HistoryEvent, Recommender } from "../../serve/recommender.ts";
import type { Cli } from "../cli.ts";
import type { Engine } from "../engine.ts";
import { findModel, type ModelOptions, withModelOptions } from "../model-path.ts";
import { integerFrom, withExamples } from "../options.ts";
import type { LineReader } from "../recommend/session.ts";
import type { TitleIndex } from "../recommend/titles.ts";

interface Options extends ModelOptions {
  readonly questions: number;
  readonly n: number;
  readonly json?: boolean;
}

/** `ask` */
export function askCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("ask")
    .description("be asked about what tells most, then get what to try next")
    .option("-q, --questions <number>", "questions, answered or not", integerFrom(1, 1000), 10)
    .option("-n <number>", "length of the list", integerFrom(1, 1000), 10)
    .option("--json", "print the answers and the list as JSON")
    .action(async (options: Options) => {
      const recommender = await engine.loadRecommender(await findModel(options));
      const { createTitleIndex } = await import("../recommend/titles.ts");
      const titles = createTitleIndex(recommender.items);
      const answers = await interviewed(recommender, { cli, titles, questions: options.questions });
      await show(recommender, answers, { cli, titles, options });
    });
  withModelOptions(command);
  withExamples(command, [
    ["foretaste ask", "ten questions: a value, Enter for what you do not know, q to end"],
    ["foretaste ask -q 30 -n 5", "more questions, a shorter list"],
    ["printf '9\\n\\n3\\n' | foretaste ask -q 3 --json", "answers from a script"],
  ]);
}

/** One question and what was said; a value is absent when the person does not know the item. */
interface Answer {
  readonly item: string;
  readonly value?: number;
}

interface Interview {
  readonly cli: Cli;
  readonly titles: TitleIndex;
  readonly questions: number;
}

async function interviewed(
  recommender: Recommender,
  { cli, titles, questions }: Interview,
): Promise<readonly Answer[]> {
  if (recommender.questions === undefined) throw cannotAsk(recommender);
  const { createLineReader } = await import("../recommend/session.ts");
  const reader = createLineReader(cli, "ask");
  const { min, max } = recommender.scale;
  cli.say(`A number from ${min} to ${max}; Enter for what you do not know; q to end.`);
  const answers: Answer[] = [];
  try {
    while (answers.length < questions) {
      const exclude = new Set(answers.map(({ item }) => item));
      const unanswered = new Set(answers.flatMap(({ item, value }) => (value === undefined ? [item] : [])));
      const [next] = await recommender.questions({ history: known(answers), n: 1, exclude, unanswered });
      if (next === undefined) break;
      const label = titles.labelOf(next.id);
      const said = await answerTo(reader, cli, { label, min, max, at: answers.length + 1, of: questions });
      if (said === "end") break;
      answers.push({ item: next.id, ...(said === undefined ? {} : { value: said }) });
    }
  } finally {
    reader.close();
  }
  return answers;
}

interface Asked {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly at: number;
  readonly of: number;
}

/** Asks until it understands; undefined for "do not know it". */
async function answerTo(
  reader: LineReader,
  cli: Cli,
  { label, min, max, at, of }: Asked,
): Promise<number | "end" | undefined> {
  cli.say(`\n${cli.colours.dim(`${at}/${of}`)}  ${cli.colours.bold(label)}`);
  for (;;) {
    const typed = (await reader.next("how did you like it? "))?.trim().toLowerCase();
    if (typed === undefined || typed === "q") return "end";
    if (typed === "") return undefined;
    const value = Number(typed.replace(",", "."));
    if (value >= min && value <= max) return value;
    cli.say(cli.colours.yellow(`  A number from ${min} to ${max}, Enter, or q.`));
  }
}

function known(answers: readonly Answer[]): HistoryEvent[] {
  return answers.flatMap(({ item, value }) => (value === undefined ? [] : [{ item, value, asked: true }]));
}

interface Scene {
  readonly cli: Cli;
  readonly titles: TitleIndex;
  readonly options: Options;
}

async function show(
  recommender: Recommender,
  answers: readonly Answer[],
  { cli, titles, options }: Scene,
): Promise<void> {
  const history = known(answers);
  const exclude = new Set(history.map(({ item }) => item));
  const time = cli.clock.now() / 1000;
  const items = await recommender.recommend({ history, n: options.n, time, exclude });
  if (options.json === true) {
    const asked = answers.map(({ item, value }) => ({
      id: item,
      label: titles.labelOf(item),
      value: value ?? null,
    }));
    return cli.print(JSON.stringify({ model: recommender.modelId, asked, items }, undefined, 2));
  }
  const { recommendationTable } = await import("../recommend/table.ts");
  const basis = history.length === 1 ? "one answer" : `${history.length} answers`;
  cli.say(`\nAfter ${basis} to ${answers.length} questions:`);
  const { colours, stdout } = cli;
  cli.print(recommendationTable(items, { colours, labelOf: titles.labelOf, width: stdout.columns ?? 110 }));
}

function cannotAsk({ modelId }: Recommender): ForetasteError {
  return new ForetasteError("CONFIG", {
    where: modelId,
    expected: "a model that knows how sure it is",
    got: "one that does not",
    hint: "Train a Bayes head: `foretaste train --model bayes-head`.",
  });
}
