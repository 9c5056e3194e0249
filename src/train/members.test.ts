import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Progress, silentProgress } from "../base/progress.ts";
import { withTraining } from "../data/splits/training.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { type ChoiceHead, choiceRanker, type LikingHead, likingRanker } from "../meta/bayes/bayes-head.ts";
import { membersOf } from "../meta/members.ts";
import { type FitContext, fitChoiceHead, fitLikingHead } from "./bayes-head.ts";
import { defaultConfig, parseTrainConfig } from "./config.ts";

const world = syntheticWorld({ users: 120, items: 40, seed: 2 });
const train = withTraining(world, world.interactions);
const model = defaultConfig.models["bayes-head"];
const how: FitContext = { seed: 1, validFraction: 0.2, context: { progress: silentProgress } };
const items = Int32Array.from(world.items.ids.keys());
const query = { history: { items: items.slice(0, 5), values: Float32Array.of(9, 3, 7, 8, 5) } };

describe("how it is liked", () => {
  async function fit(members: number): Promise<LikingHead> {
    const ratings = { ...model.ratings, epochs: 1, contentItems: 40, members };
    return (await fitLikingHead(train, { ...model, ratings }, how)).head;
  }

  let [one, two]: LikingHead[] = [];
  beforeAll(async () => {
    [one, two] = [await fit(1), await fit(2)];
  }, 60_000);

  const alone = (head: LikingHead, member: number): LikingHead => ({
    knowledge: head.knowledge,
    users: head.users,
    config: head.config,
    prior: membersOf(head)[member]!,
  });

  test("the first of several members is the one there would be alone, the others are not", () => {
    expect(one).not.toHaveProperty("others");
    expect(membersOf(two!)).toHaveLength(2);
    expect(two!.prior).toEqual(one!.prior);
    expect(two!.others?.[0]).not.toEqual(one!.prior);
  });

  test("members answer with the mean of their means, and intervals that were calibrated for all of them", async () => {
    const both = await likingRanker(two!).predict(query, items);
    const each = [0, 1].map((member) => likingRanker(alone(two!, member)));
    const [first, second] = [await each[0]!.rate(query, items), await each[1]!.rate(query, items)];
    expect(first).not.toEqual(second);
    expect([...both.mean]).toEqual([...first].map((x, i) => expect.closeTo((x + second[i]!) / 2, 4)));
    expect(await likingRanker(two!).score(query, items)).toEqual(both.mean);
    expect(two!.config.warmTail).not.toBe(one!.config.warmTail);
  });
});

describe("what to choose", () => {
  const small = { ...model, epochs: 2, embeddingSize: 4 };
  const fit = async (members: number, given: FitContext = how): Promise<ChoiceHead> =>
    (await fitChoiceHead(train, { ...small, members }, given)).head;

  let [one, three]: ChoiceHead[] = [];
  beforeAll(async () => {
    [one, three] = [await fit(1), await fit(3)];
  }, 60_000);

  const alone = ({ catalogue, config }: ChoiceHead, prior: ChoiceHead["prior"]) =>
    choiceRanker({ catalogue, config, prior });

  test("the first of several members is the one there would be alone, the others are not", () => {
    expect(Object.keys(one!)).toEqual(["catalogue", "config", "prior"]);
    expect(three!.prior).toEqual(one!.prior);
    expect(three!.config).toEqual(one!.config);
    const starts = membersOf(three!).map(({ content }) => content[0]);
    expect(new Set(starts).size).toBe(3);
  });

  test("members answer with the mean of their scores, whose reasons are the means of theirs", async () => {
    const [scores, reasons] = [
      await choiceRanker(three!).score(query, items),
      await choiceRanker(three!).explain(query, items),
    ];
    const each = membersOf(three!).map((prior) => alone(three!, prior));
    const [a, b, c] = await Promise.all(each.map((ranker) => ranker.score(query, items)));
    const means = Array.from(items, (_, i) => expect.closeTo((a![i]! + b![i]! + c![i]!) / 3, 5));
    expect([...scores]).toEqual(means);
    expect([...scores].some((score, i) => Math.abs(score - a![i]!) > 0.01)).toBe(true);
    const theirs = await Promise.all(each.map((ranker) => ranker.explain(query, items)));
    reasons.forEach((parts, i) => {
      expect(parts.map(({ source, event }) => event ?? source)).toEqual([
        "popularity",
        "item",
        "prior",
        0,
        1,
        2,
        3,
        4,
      ]);
      expect(parts.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(scores[i]!, 4);
      parts.forEach(({ value }, j) => {
        expect(value).toBeCloseTo(theirs.reduce((sum, one) => sum + one[i]![j]!.value, 0) / 3, 6);
      });
    });
  });

  test("each has a checkpoint of its own: stopped in the second, the run goes on to the same members", async () => {
    const folder = await mkdtemp(join(tmpdir(), "foretaste-members-"));
    const checkpointOf = (part: string): string => join(folder, part);
    const begun: string[] = [];
    const stop = new AbortController();
    const stopping: Progress = {
      start(label) {
        begun.push(label);
        if (label.endsWith("member 2")) stop.abort();
        return { update() {}, finish() {} };
      },
    };
    try {
      const context = { progress: stopping, signal: stop.signal };
      await expect(fit(3, { ...how, checkpointOf, context })).rejects.toThrow(
        "The same command goes on from here",
      );
      expect(begun).toEqual([
        "train: what is liked together",
        "train: what to choose",
        "train: what to choose, member 2",
      ]);
      expect(await readdir(folder)).toEqual(["choice", "choice-2"]);
      const resumed = await fitChoiceHead(train, { ...small, members: 3 }, { ...how, checkpointOf });
      expect(resumed.trace.resumed).toBe(2);
      expect(membersOf(resumed.head)).toEqual(membersOf(three!));
      expect(await readdir(folder)).toEqual(["choice", "choice-2", "choice-3"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("few people are met several times an epoch, or the head would hardly have started: some 32 steps", async () => {
    const totals = new Map<string, number>();
    const start: Progress["start"] = (label, total) => {
      totals.set(label, total);
      return silentProgress.start(label, total);
    };
    const few = { ...small, neighbours: 0, batchTasks: 64 };
    const { head } = await fitChoiceHead(train, few, { ...how, context: { progress: { start } } });
    const steps = totals.get("train: what to choose")!;
    expect(steps / few.epochs).toBeGreaterThan(28);
    expect(steps / few.epochs).toBeLessThan(36);
    expect(head.config.steps).toBe(steps);
  });

  test.each([0, 1.5, 33, "two"])("%j members are refused", (members) => {
    expect(() => parseTrainConfig({ model: { members } }, "x")).toThrow(
      "x: model.members: expected an integer from 1 to 32",
    );
  });
});
