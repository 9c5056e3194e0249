import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import { type MeluData, type MeluState, type MeluTask, meluProtocol } from "../../data/read/melu.ts";
import { selectEvents } from "../../tasks/source.ts";
import { featuresOf } from "../../tasks/users.ts";
import type { Person } from "./people.ts";
import type { Group, Protocol } from "./protocol.ts";
import { queryTask } from "./query-task.ts";

export interface MeluOptions {
  /** Random choices of the query, folded together in reports; 3 unless told. */
  readonly draws?: number;
  readonly seed: number;
  /** Support sizes, "all" being everything that is not query; ["all"] unless told. */
  readonly shots?: readonly (number | "all")[];
  /** The three cold states unless told. */
  readonly states?: readonly MeluState[];
  /**
   * Who is asked: those with 13 to 100 ratings in the state, as published, or those beyond with at least 110, of which
   * at least 100 are support: the state is then called "<state>-long". "published" unless told.
   */
  readonly window?: "published" | "long";
}

/** Ratings a task has at least and at most: ten of them are the query. */
const windows: Readonly<Record<"published" | "long", readonly [min: number, max: number]>> = {
  published: [13, 100],
  long: [110, Number.POSITIVE_INFINITY],
};

/** The k-shot curve of protocol 2. */
export const meluCurve: readonly (number | "all")[] = [0, 1, 3, 5, 10, 20, "all"];

/**
 * Protocols 1 and 2 (Lee et al., 2019, section 4): a task is one user's 13 to 100 ratings in one state; ten of them,
 * drawn at random, are the query and its candidates, the rest is the support. With k shots the support is the first k
 * of it in a random order that draw, state and user decide, so the supports of a task are nested and its query is the
 * same at every k; whoever has fewer than k keeps all. Training is the warm state; `query.user` is absent even for
 * users who exist there, as in the publication, so only the support tells who asks.
 *
 * @example const protocol = melu(await readMelu("../shared/data/ml-1m"), { seed: 1, shots: meluCurve });
 */
export function melu({ dataset, states }: MeluData, options: MeluOptions): Protocol {
  const {
    draws = 3,
    seed,
    shots = ["all"],
    states: wanted = ["cold-user", "cold-item", "both-cold"],
    window = "published",
  } = options;
  const called = (state: string): string => (window === "long" ? `${state}-long` : state);
  const groups = wanted.flatMap((state) => {
    const tasks = meluProtocol(states[state], windows[window]);
    return Array.from({ length: draws }, (_, draw) => {
      const drawn = tasks.map((task) => queryTask(personOf(dataset, task, `${seed}/melu/${state}/${draw}`)));
      return shots.map(
        (k): Group => ({ state: called(state), shots: k, draw, cases: drawn.map((make) => make(k)) }),
      );
    }).flat();
  });
  return { name: "melu", candidates: "query set", scale: dataset.scale, train: dataset, groups };
}

/** One task with its events in a random order. */
function personOf(dataset: Dataset, { user, items, values }: MeluTask, seed: string): Person {
  const id = dataset.users.ids[user]!;
  const order = createRng(seed).split(id).shuffle(Int32Array.from(items.keys()));
  return { id, features: featuresOf(dataset.users, user), events: selectEvents({ items, values }, order) };
}
