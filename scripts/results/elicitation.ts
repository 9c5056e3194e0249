import { curveFigure } from "../../src/evaluate/figures/curves.ts";
import type { Figure } from "../../src/evaluate/figures/figure.ts";

/** A row of `bench/results/elicitation.json`: what is left of the error after some questions, by the rule that chose them. */
export interface ElicitationRow {
  readonly about: "catalogue" | "known";
  readonly rule: string;
  readonly questions: number;
  /** Mean number of answers. */
  readonly answered: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Of the paired difference from the random rule; absent for that rule itself. */
  readonly againstRandom?: number;
  readonly p?: number;
}

const shown = [0, 1, 2, 3, 5, 10, 20];

/** What may be asked about, in words. */
const abouts: Readonly<Record<ElicitationRow["about"], string>> = {
  catalogue:
    "Any film may be asked about, and most questions find no answer, which counts (how many did, in parentheses):",
  known: "Only films that the person can answer about:",
};

/** A table for each kind of question: rules by questions. */
export function elicitationTables(rows: readonly ElicitationRow[]): string {
  const tables = (["catalogue", "known"] as const).flatMap((about) => {
    const own = rows.filter((row) => row.about === about);
    if (own.length === 0) return [];
    const rules = [...new Set(own.map(({ rule }) => rule))];
    const columns = shown.filter((j) => own.some(({ questions }) => questions === j));
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const body = rules.map((rule) =>
      line([
        rule,
        ...columns.map((j) =>
          cell(
            own.find((row) => row.rule === rule && row.questions === j),
            about,
          ),
        ),
      ]),
    );
    const head = [
      line(["mae after questions", ...columns.map(String)]),
      `|${"---|".repeat(columns.length + 1)}`,
    ];
    return [abouts[about], [...head, ...body].join("\n")];
  });
  const figures = elicitationFigures(rows).map(({ name, caption }) => `![${caption}](figures/${name}.svg)`);
  return [
    ...tables,
    "\\* better, † worse than random questions beyond chance (paired bootstrap, p < .05).",
    ...figures,
  ].join("\n\n");
}

function cell(row: ElicitationRow | undefined, about: ElicitationRow["about"]): string {
  if (row === undefined) return "–";
  const { mean, answered, againstRandom = 0, p = 1 } = row;
  const mark = p < 0.05 ? (againstRandom < 0 ? " *" : " †") : "";
  return `${mean.toFixed(3)}${mark}${about === "catalogue" ? ` (${answered.toFixed(1)})` : ""}`;
}

/** Error against questions, for each kind of question. */
export function elicitationFigures(rows: readonly ElicitationRow[]): Figure[] {
  return (["catalogue", "known"] as const).flatMap((about) => {
    const own = rows.filter((row) => row.about === about && shown.includes(row.questions));
    if (own.length === 0) return [];
    return [
      curveFigure({
        name: `elicitation-${about}`,
        title: about === "catalogue" ? "questions about any film" : "questions about known films",
        caption: "mean absolute error by the number of questions; bars are 95 % intervals",
        places: shown.map(String),
        xTitle: "questions",
        yTitle: "mae",
        points: own.map(({ rule, questions, mean, low, high }) => ({
          system: rule,
          at: String(questions),
          mean,
          low,
          high,
        })),
        named: [...new Set(own.map(({ rule }) => rule))],
      }),
    ];
  });
}
