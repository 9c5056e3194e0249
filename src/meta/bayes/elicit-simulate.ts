import type { History, Query } from "../../data/query.ts";
import { selectEvents } from "../../tasks/source.ts";
import type { Elicitation, QuestionRule } from "./elicit.ts";

/** Somebody who can be asked: they answer about what they rated, and only that. */
export interface Respondent {
  readonly id: string;
  readonly features?: Query["features"];
  /** What they can answer about. */
  readonly known: History;
  /** Items that must not be asked about: predictions are judged on them. */
  readonly held: Int32Array;
}

export interface InterviewOptions {
  readonly rule: QuestionRule;
  /** Questions, answered or not. */
  readonly questions: number;
  /** "catalogue": about anything; "known": only about what the person can answer. */
  readonly about: "catalogue" | "known";
  readonly seed: number | string;
}

/**
 * Interviews somebody, one question at a time, each chosen by the answers so far.
 *
 * @returns the history after each number of questions, from none on; the same object where there was no answer.
 *   `[questions + 1]`
 */
export async function interview(
  elicit: Elicitation,
  who: Respondent,
  { rule, questions, about, seed }: InterviewOptions,
): Promise<History[]> {
  const except = new Set<number>(who.held);
  const unanswered: number[] = [];
  const answered: number[] = [];
  let query = queryOf(who, answered);
  const out = [query.history];
  for (let j = 0; j < questions; j++) {
    const [next] = await elicit.questions(query, {
      rule,
      except,
      unanswered,
      seed: `${seed}/${who.id}/${j}`,
      ...(about === "known" && { askable: who.known.items, certain: true }),
    });
    if (next !== undefined) {
      const row = who.known.items.indexOf(next.item);
      if (row < 0) unanswered.push(next.item);
      else {
        answered.push(row);
        query = queryOf(who, answered);
      }
    }
    out.push(query.history);
  }
  return out;
}

function queryOf({ known, features }: Respondent, answered: readonly number[]): Query {
  const asked = new Uint8Array(known.items.length).fill(1);
  return { history: selectEvents({ ...known, asked }, answered), ...(features && { features }) };
}
