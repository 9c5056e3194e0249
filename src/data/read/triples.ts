import { check } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { readLines } from "./lines.ts";

/**
 * Reads a file of facts: a head, a relation and a tail on each line, tabs between them. Empty lines are skipped.
 *
 * @throws ForetasteError NOT_FOUND, DATA (another number of fields, an empty one, bytes that are no UTF-8), CANCELLED
 * @example const triples = await readTriples("facts.tsv", ctx); // [["m1", "directed by", "Jane"], ...]
 */
export async function readTriples(
  path: string,
  ctx: RunContext,
): Promise<(readonly [head: string, relation: string, tail: string])[]> {
  const triples: (readonly [string, string, string])[] = [];
  const read = (text: string, line: number, valid: boolean): void => {
    if (text.trim() === "") return;
    const [head = "", relation = "", tail = "", ...rest] = text.split("\t").map((field) => field.trim());
    check(valid && tail !== "" && head !== "" && relation !== "" && rest.length === 0, "DATA", () => ({
      where: `${path}:${line}`,
      expected: "a head, a relation and a tail with tabs between them, in UTF-8",
      got: `"${text}"`,
    }));
    triples.push([head, relation, tail]);
  };
  await readLines(path, "utf-8", read, ctx);
  return triples;
}
