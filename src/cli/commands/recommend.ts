import type { Command } from "commander";
import { ForetasteError } from "../../base/errors.ts";
import { opinionOf } from "../../serve/history.ts";
import type { Recommendation, Recommender } from "../../serve/recommender.ts";
import type { Cli } from "../cli.ts";
import type { Engine } from "../engine.ts";
import { findModel, type ModelOptions, withModelOptions } from "../model-path.ts";
import { collect, integerFrom, withExamples } from "../options.ts";
import type { TitledItem, TitleIndex } from "../recommend/titles.ts";

interface Options extends ModelOptions {
  readonly like?: readonly string[];
  readonly n: number;
  readonly json?: boolean;
}

/** `recommend` */
export function recommendCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("recommend")
    .description("say what you liked, get what to try next and why")
    .option("-l, --like <title>", "something you liked; may be given many times", collect)
    .option("-n <number>", "length of the list", integerFrom(1, 1000), 10)
    .option("--json", "print the list as JSON")
    .action(async (options: Options) => {
      const recommender = await engine.loadRecommender(await findModel(options));
      const { createTitleIndex } = await import("../recommend/titles.ts");
      const titles = createTitleIndex(recommender.items);
      if (options.like === undefined) return interactive(recommender, titles, { cli, options });
      await show(recommender, titles, {
        cli,
        options,
        liked: options.like.map((words) => pick(titles, words)),
      });
    });
  withModelOptions(command);
  withExamples(command, [
    ["foretaste recommend", "type titles, one a line; an empty line shows the list"],
    ['foretaste recommend --like Heat --like "Pulp Fiction"', "without questions"],
    ["foretaste recommend --like Heat -n 3 --json", "for a script"],
  ]);
}

interface Scene {
  readonly cli: Cli;
  readonly options: Options;
}

async function interactive(recommender: Recommender, titles: TitleIndex, scene: Scene): Promise<void> {
  const { createSession } = await import("../recommend/session.ts");
  const { cli } = scene;
  const session = createSession(cli, titles);
  const all = new Map<string, TitledItem>();
  cli.say("Type titles you liked, one a line. An empty line shows what to try next.");
  try {
    for (;;) {
      const { liked, ended } = await session.ask();
      for (const item of liked) all.set(item.id, item);
      if (liked.length > 0 || all.size === 0)
        await show(recommender, titles, { ...scene, liked: [...all.values()] });
      if (ended || liked.length === 0) return;
      cli.say("\nMore titles make it better. An empty line ends.");
    }
  } finally {
    session.close();
  }
}

async function show(
  recommender: Recommender,
  titles: TitleIndex,
  { cli, options, liked }: Scene & { readonly liked: readonly TitledItem[] },
): Promise<void> {
  const value = opinionOf("like", recommender.scale);
  const history = liked.map(({ id }) => ({ item: id, ...(value === undefined ? {} : { value }) }));
  const exclude = new Set(liked.map(({ id }) => id));
  const time = cli.clock.now() / 1000;
  const items = await recommender.recommend({ history, n: options.n, time, exclude });
  if (options.json === true) return cli.print(toJson(recommender, liked, items));
  const { recommendationTable } = await import("../recommend/table.ts");
  const basis = liked.length === 0 ? "somebody unknown" : liked.map(({ label }) => label).join(", ");
  cli.say(`\nFor ${basis}:`);
  cli.print(
    recommendationTable(items, {
      colours: cli.colours,
      labelOf: titles.labelOf,
      width: cli.stdout.columns ?? 110,
    }),
  );
}

function toJson(model: Recommender, liked: readonly TitledItem[], items: readonly Recommendation[]): string {
  return JSON.stringify({ model: model.modelId, liked, items }, undefined, 2);
}

/** The item a flag means; without a person to ask, words that fit several titles are an error that lists them. */
function pick(titles: TitleIndex, words: string): TitledItem {
  const match = titles.find(words);
  if (match.kind === "exact" || match.kind === "corrected") return match.item;
  const choices = match.kind === "ambiguous" ? match.choices.map(({ label }) => `"${label}"`) : [];
  throw new ForetasteError("NOT_FOUND", {
    where: `--like "${words}"`,
    expected: "one title of the catalogue",
    got: choices.length === 0 ? "none that is near" : "several that fit",
    ...(choices.length === 0 ? {} : { hint: `One of: ${choices.join(", ")}.` }),
  });
}
