import { createRng, type Rng } from "../../base/rng.ts";
import type { CrossDomainData } from "../../data/read/cross-domain.ts";
import { featuresOf } from "../../tasks/users.ts";
import { fullCase } from "./candidates.ts";
import { historiesOf } from "./histories.ts";
import type { Case, Protocol } from "./protocol.ts";

export interface CrossDomainOptions {
  readonly seed: number;
  /** All items of the target, or each true item among 999 others; "full" unless told. */
  readonly candidates?: "full" | "sampled(999)";
  /** Whom to ask: the people of the test, or those set aside for tuning; "test" unless told. */
  readonly part?: "test" | "valid";
  /** Draws of the others, folded together in reports; 1 unless told. A full ranking has one. */
  readonly draws?: number;
}

/** Share of the cold people that is for tuning. */
const VALID = 0.3;
const OTHERS = 999;

/**
 * Protocol 7: people with a history in the source domain only are asked about the target's items; their source events
 * are training events and the support, whatever they did in the target is hidden and the truth. The files' validation
 * and test events belong to the same people, so the people are split again by a hash of their id: 30 % to tune with, the
 * others to judge, whatever the seed. With "sampled(999)" each true item is a case of its own, among 999 items of the
 * target that the person did not use; the cases of a person are averaged in reports.
 *
 * @example const protocol = crossDomain(await readCrossDomain(dir, { target: "game" }), { seed: 1 });
 */
export function crossDomain(data: CrossDomainData, options: CrossDomainOptions): Protocol {
  const { dataset, targetItems, source, target } = data;
  const { candidates = "full", part = "test", seed } = options;
  const historyOf = historiesOf(dataset.interactions, dataset.users.ids.length);
  const people = data.people.filter(({ user }) => partOf(dataset.users.ids[user]!) === part);
  const asked = people.map(({ user, items }): Omit<Case, "candidates"> => {
    const query = { user, features: featuresOf(dataset.users, user), history: historyOf(user) };
    return { id: dataset.users.ids[user]!, query, truth: { items, values: likes(items.length) } };
  });
  const draws = candidates === "full" ? 1 : (options.draws ?? 1);
  const groups = Array.from({ length: draws }, (_, draw) => {
    const rng = createRng(seed).split("cross-domain").split(draw);
    const cases =
      candidates === "full"
        ? asked.map((one) => fullCase(targetItems, one))
        : asked.flatMap((one) => sampledCases(one, targetItems, (id) => rng.split(id)));
    return { state: `${source}-to-${target}`, shots: "all" as const, draw, cases };
  });
  return { name: "cross-domain", candidates, scale: dataset.scale, train: dataset, groups };
}

/** The same for every seed, so that nobody is tuned on under one seed and judged under another. */
function partOf(id: string): "test" | "valid" {
  return createRng("cross-domain people").split(id).next() < VALID ? "valid" : "test";
}

/** A case a true item. */
function sampledCases(
  one: Omit<Case, "candidates">,
  catalogue: Int32Array,
  rngOf: (id: string) => Rng,
): Case[] {
  const rng = rngOf(one.id);
  const used = one.truth.items;
  const others = catalogue.filter((item) => !used.includes(item));
  return Array.from(used, (item) => ({
    ...one,
    candidates: Int32Array.of(item, ...rng.sample(others, OTHERS)).sort(),
    truth: { items: Int32Array.of(item), values: likes(1) },
  }));
}

function likes(count: number): Float32Array {
  return new Float32Array(count).fill(1);
}
