import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { createRng } from "../base/rng.ts";
import { withTraining } from "../data/splits/training.ts";
import type { LikingHead } from "../meta/bayes/bayes-head.ts";
import { type AugmentConfig, noAugmentation } from "./augment-config.ts";
import { augmentationOf } from "./augmentation.ts";
import { type Augmentation, type StreamOptions, trainingStreams } from "./streams.ts";

const world = checkerboard({ users: 60 });
const train = withTraining(world, world.interactions);
const never = async (): Promise<LikingHead> => {
  throw new Error("asked");
};
const make = (config: Partial<AugmentConfig>): Promise<Augmentation | undefined> =>
  augmentationOf(train, { ...noAugmentation, ...config }, { seed: 1, teacher: never });
const options: StreamOptions = {
  order: "random",
  query: "all",
  shots: [3, 6],
  maxQuery: 5,
  seed: 5,
  validFraction: 0.2,
  validDraws: 2,
};

test("all switches off: nothing is made, no teacher is fitted", async () => {
  expect(await make({})).toBeUndefined();
});

test("pseudo-labels and synthetic people ask for a teacher", async () => {
  await expect(make({ pseudoLabels: 5 })).rejects.toThrow("asked");
  await expect(make({ syntheticUsers: 0.5 })).rejects.toThrow("asked");
});

const switches = {
  augmentSubsample: 1,
  augmentMask: 0.4,
  augmentMix: 1,
  popularityWeights: 1,
  classWeights: 1,
};

test.each(Object.entries(switches))(
  "%s changes what is learned from and nobody who is judged",
  async (name, value) => {
    const augmentation = await make({ [name]: value });
    const [plain, changed] = [
      trainingStreams(train, options),
      trainingStreams(train, { ...options, augmentation: augmentation! }),
    ];
    expect(changed.valid).toEqual(plain.valid);
    const configs = plain.sample(createRng(1));
    expect(changed.sample(createRng(1))).toEqual(configs);
    expect(configs.map(changed.build)).not.toEqual(configs.map(plain.build));
    expect(configs.map(changed.build)).toEqual(configs.map(changed.build));
  },
);

test("people are mixed with training people only, never with those who are judged", () => {
  let given: Int32Array = new Int32Array(0);
  const augmentation: Augmentation = {
    transforms({ people }) {
      given = people;
      return [];
    },
  };
  const { valid } = trainingStreams(train, { ...options, augmentation });
  expect(given).toHaveLength(48);
  for (const { user } of valid) expect(given).not.toContain(user);
});

test("invented people are met beside the real ones, other ones each epoch", () => {
  const pool = Array.from({ length: 40 }, (_, i) => ({
    items: Int32Array.from({ length: 12 }, (_, j) => (i + j) % 40),
    values: new Float32Array(12).fill(3),
  }));
  const augmentation: Augmentation = { transforms: () => [], invented: { pool, ratio: 0.5 } };
  const { people, sample, build } = trainingStreams(train, { ...options, augmentation });
  const epochs = [1, 2].map((seed) => sample(createRng(seed)).filter(({ subject }) => subject < 0));
  expect(people).toBe(72);
  expect(epochs.map((configs) => configs.length)).toEqual([24, 24]);
  expect(epochs[0]).not.toEqual(epochs[1]);
  expect(build(epochs[0]![0]!).user).toBeUndefined();
  expect(sample(createRng(1)).length).toBe(72);
});
