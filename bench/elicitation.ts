/**
 * Error after j questions: newcomers of MovieLens-1M (MeLU's cold users) are asked about films, chosen by each rule, and
 * answer about those they rated; ten of their ratings are held out and predicted. `npm run bench:elicitation`.
 * `-- --rules variance,information` measures a part and keeps the rest.
 * "catalogue": any film may be asked about, and most questions find no answer, which counts. "known": only films they know.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { emptyHistory, type History } from "../src/data/query.ts";
import { locateData } from "../src/data/read/locate.ts";
import { readMelu } from "../src/data/read/melu.ts";
import { bootstrapMean, pairedBootstrap } from "../src/evaluate/bootstrap.ts";
import { melu } from "../src/evaluate/protocols/melu.ts";
import type { Case } from "../src/evaluate/protocols/protocol.ts";
import { resultsText } from "../src/evaluate/results.ts";
import type { LikingHead } from "../src/meta/bayes/bayes-head.ts";
import { elicitation, type QuestionRule, questionRules } from "../src/meta/bayes/elicit.ts";
import { type InterviewOptions, interview } from "../src/meta/bayes/elicit-simulate.ts";
import { ratingsBayes } from "../src/meta/bayes/ratings.ts";
import { fitLikingHead } from "../src/train/bayes-head.ts";
import { defaultConfig } from "../src/train/config.ts";

const file = join(import.meta.dirname, "results/elicitation.json");
const SEED = 1;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const context = { progress: createLines({ write: say, clock: systemClock, everyMs: 10_000 }) };

const { values: flags } = parseArgs({
  options: {
    data: { type: "string" },
    questions: { type: "string", default: "20" },
    people: { type: "string", default: "668" },
    epochs: { type: "string" },
    /** "catalogue", "known" or both. */
    about: { type: "string", default: "catalogue,known" },
    rules: { type: "string", default: questionRules.join(",") },
  },
});
const questions = Number(flags.questions);

const located = await locateData("ml-1m", flags.data === undefined ? {} : { dir: flags.data });
if (located.source === "none") throw new Error(located.reason);
const protocol = melu(await readMelu(located.dir), { seed: SEED, draws: 1, states: ["cold-user"] });
const model = defaultConfig.models["bayes-head"];
const epochs = Number(flags.epochs ?? model.ratings.epochs);
const { head } = await fitLikingHead(
  protocol.train,
  { ...model, ratings: { ...model.ratings, epochs } },
  { seed: SEED, validFraction: 0.1, context, minEvents: 13 },
);
const people = (protocol.groups[0]?.cases ?? []).slice(0, Number(flags.people));
const judge = judgeOf(head);
const elicit = elicitation(head);

/** Mean absolute error on the held-out ratings, by history; the same history is judged once. */
function judgeOf({
  knowledge,
  users,
  config,
  prior,
}: LikingHead): (one: Case, history: History) => Promise<number> {
  const learner = ratingsBayes(knowledge, users, config);
  return async ({ query, truth }, history) => {
    const [fitted] = await learner.adapt(prior, { ...query, history });
    const { mean } = await learner.predict(prior, fitted, truth.items);
    return mean.reduce((sum, x, i) => sum + Math.abs(x - (truth.values[i] as number)), 0) / mean.length;
  };
}

interface Curve {
  readonly rule: QuestionRule;
  /** `[questions + 1][people]` */
  readonly errors: readonly Float64Array[];
  readonly answers: readonly Float64Array[];
}

async function curveOf(rule: QuestionRule, about: InterviewOptions["about"]): Promise<Curve> {
  const bar = context.progress.start(`${about}, ${rule}`, people.length);
  const empty = (): Float64Array[] =>
    Array.from({ length: questions + 1 }, () => new Float64Array(people.length));
  const [errors, answers] = [empty(), empty()];
  for (const [i, one] of people.entries()) {
    const { features, history: known } = one.query;
    const who = { id: one.id, known, held: one.truth.items, ...(features && { features }) };
    const histories = await interview(elicit, who, { rule, questions, about, seed: SEED });
    let last: { history: History; error: number } = { history: emptyHistory, error: Number.NaN };
    for (const [j, history] of histories.entries()) {
      if (history !== last.history) last = { history, error: await judge(one, history) };
      (errors[j] as Float64Array)[i] = last.error;
      (answers[j] as Float64Array)[i] = history.items.length;
    }
    bar.update(i + 1);
  }
  bar.finish();
  return { rule, errors, answers };
}

interface Row {
  readonly about: string;
  readonly rule: string;
}

function rowsOf(about: string, curves: readonly Curve[]): Row[] {
  const random = curves.find(({ rule }) => rule === "random");
  return curves.flatMap(({ rule, errors, answers }) =>
    errors.map((values, asked) => {
      const { mean, low, high, tasks } = bootstrapMean(values, { seed: SEED });
      const answered = (answers[asked] as Float64Array).reduce((a, b) => a + b, 0) / tasks;
      const other = random?.errors[asked];
      const against = other && rule !== "random" ? pairedBootstrap(values, other, { seed: SEED }) : undefined;
      return {
        protocol: "elicitation",
        about,
        rule,
        questions: asked,
        answered,
        metric: "mae",
        mean,
        low,
        high,
        tasks,
        ...(against && { againstRandom: against.mean, p: against.p }),
      };
    }),
  );
}

const asked = [...flags.rules.split(","), "random"];
const rows: Row[] = [];
for (const about of ["catalogue", "known"] as const) {
  if (!flags.about.split(",").includes(about)) continue;
  const curves: Curve[] = [];
  for (const rule of questionRules.filter((name) => asked.includes(name)))
    curves.push(await curveOf(rule, about));
  rows.push(...rowsOf(about, curves));
  for (const { rule, errors, answers } of curves) {
    const at = [0, 1, 2, 3, 5, 10, 20].filter((j) => j <= questions);
    const mean = (x: Float64Array | undefined): string =>
      ((x ?? new Float64Array(0)).reduce((a, b) => a + b, 0) / people.length).toFixed(3);
    say(
      `${about} ${rule.padEnd(20)} ${at.map((j) => `${j}: ${mean(errors[j])} (${mean(answers[j])})`).join("  ")}`,
    );
  }
}
const what = `Error after j questions to ${people.length} newcomers of MovieLens-1M, by the rule that chooses the questions`;
/** In the order of the kinds of question and of the rules; those that were not measured now stay as they are. */
function withKnown(fresh: readonly Row[]): Row[] {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows : [];
  return ["catalogue", "known"].flatMap((about) =>
    questionRules.flatMap((rule) => {
      const own = (all: readonly Row[]): Row[] =>
        all.filter((row) => row.about === about && row.rule === rule);
      return own(fresh).length > 0 ? own(fresh) : own(known);
    }),
  );
}
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, resultsText({ what, command: "npm run bench:elicitation" }, withKnown(rows)));
