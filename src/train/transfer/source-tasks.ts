import type { Rng } from "../../base/rng.ts";
import type { Column } from "../../data/dataset.ts";
import { wordsAt } from "../../data/vocabulary.ts";
import { historyBags } from "../../meta/transfer/carry.ts";
import { densityRatios, fitDomainClassifier, logOdds } from "../../meta/transfer/domain-classifier.ts";
import type { Task, TaskConfig } from "../../tasks/task.ts";
import { type UserTasks, userTasks } from "../../tasks/users.ts";
import type { LoopTasks } from "../loop.ts";
import type { TransferSide, TransferWorld } from "./world.ts";

/** People of the source as tasks of a joint run. */
export interface SourceTasks {
  /** Descriptions of `count` tasks, each with its domain, 1 or more. */
  sample(count: number, rng: Rng): readonly DomainConfig[];
  build(config: DomainConfig): Task;
}

interface DomainConfig extends TaskConfig {
  readonly domain: number;
}

const isOfSource = (config: TaskConfig): config is DomainConfig => "domain" in config;

/** The target's people of every epoch with as many of the source. */
export function withSource(target: LoopTasks, source: SourceTasks): LoopTasks {
  return {
    sample(rng) {
      const own = target.sample(rng);
      return [...own, ...source.sample(own.length, rng.split("source"))];
    },
    build: (config) => (isOfSource(config) ? source.build(config) : target.build(config)),
    valid: target.valid,
  };
}

function tasksOf({ train, catalogue }: TransferSide, wanted: (item: number) => boolean): UserTasks {
  const items = new Uint8Array(train.items.ids.length);
  for (const item of catalogue.warm) items[item] = Number(wanted(item));
  return userTasks(train, { order: "time", query: "liked", shots: [0, 1, 2, 3, 4, 5, 7, 10], items });
}

/** All of the source's people alike. */
export function plainSource({ source }: TransferWorld): SourceTasks {
  return fromDomains([tasksOf(source, () => true)], () => undefined);
}

/** Events that make a value a domain of its own, and how many domains there are at most. */
const [LEAST, DOMAINS] = [1000, 4];

/**
 * Domains inside of the source: people with their events on items of one value (a genre), the values with most events
 * first. The whole source where no attribute has several values.
 */
export function domainsOfSource(world: TransferWorld): SourceTasks {
  const { train } = world.source;
  const column = Object.values(train.items.columns).find(({ kind }) => kind === "multi");
  const values = column === undefined ? [] : mostUsed(column, train.interactions.item);
  if (column === undefined || values.length < 2) return plainSource(world);
  const parts = values.map((value) => tasksOf(world.source, (item) => wordsAt(column, item).includes(value)));
  return fromDomains(
    parts.filter(({ users }) => users.length > 0),
    () => undefined,
  );
}

function mostUsed(column: Column, items: Int32Array): string[] {
  const counts = new Map<string, number>();
  for (const item of items)
    for (const value of wordsAt(column, item)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequent = [...counts].filter(([, count]) => count >= LEAST).sort(([, a], [, b]) => b - a);
  return frequent.slice(0, DOMAINS).map(([value]) => value);
}

/**
 * The source's people in proportion to how much more often somebody like them is met in the target (importance
 * weighting): a classifier of domains reads the mean content of what somebody used.
 */
export function weightedSource({ source, target }: TransferWorld, seed: number): SourceTasks {
  const [own, others] = [tasksOf(source, () => true), tasksOf(target, () => true)];
  const sample = (tasks: UserTasks, { catalogue }: TransferSide) => {
    const histories = Array.from(tasks.users, (user) => tasks.historyOf(user).items);
    const bags = historyBags(catalogue.bags, histories);
    return { bags, rows: Int32Array.from(histories.keys()) };
  };
  const [from, to] = [sample(own, source), sample(others, target)];
  const classifier = fitDomainClassifier(from, to, { epochs: 5, learningRate: 0.1, ridge: 1e-4, seed });
  const odds = Array.from(from.rows, (row) => logOdds(classifier, from.bags, row));
  return fromDomains([own], () => cumulated(densityRatios(odds)));
}

function cumulated(weights: Float32Array): Float64Array {
  let sum = 0;
  return Float64Array.from(weights, (weight) => {
    sum += weight;
    return sum;
  });
}

function fromDomains(
  parts: readonly UserTasks[],
  weightsOf: (domain: number) => Float64Array | undefined,
): SourceTasks {
  const weights = parts.map((_, domain) => weightsOf(domain));
  return {
    sample(count, rng) {
      return parts.flatMap((tasks, domain) => {
        const share = Math.ceil(count / parts.length);
        const stream = rng.split(domain);
        const people = drawPeople(tasks.users, share, { cumulated: weights[domain], rng: stream });
        return tasks.sample(people, stream.split("shots")).map((one) => ({ ...one, domain: domain + 1 }));
      });
    },
    build: ({ domain, ...config }) => ({ ...parts[domain - 1]!.build(config), domain }),
  };
}

/** With replacement, in proportion to weights where there are any. */
function drawPeople(
  users: Int32Array,
  count: number,
  { cumulated, rng }: { readonly cumulated: Float64Array | undefined; readonly rng: Rng },
): Int32Array {
  const total = cumulated?.at(-1) ?? 0;
  return Int32Array.from({ length: count }, () => {
    if (cumulated === undefined) return users[rng.int(users.length)]!;
    const drawn = rng.next() * total;
    const at = cumulated.findIndex((sum) => sum >= drawn);
    return users[Math.max(0, at)]!;
  });
}
