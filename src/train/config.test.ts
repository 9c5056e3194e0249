import { expect, test } from "vitest";
import { defaultConfig, mergeConfig, parseToml, parseTrainConfig } from "./config.ts";
import { networkRow, networkRows } from "./networks.ts";

test("an empty configuration is the defaults with the Bayes head; naming a model brings its own defaults", () => {
  const { models, ...rest } = defaultConfig;
  expect(parseTrainConfig({}, "x")).toEqual({ ...rest, model: models["bayes-head"] });
  const maml = parseTrainConfig({ seed: 7, model: { kind: "maml", innerSteps: 5 } }, "x");
  expect(maml).toEqual({ ...rest, seed: 7, model: { ...networkRow("maml")?.model, innerSteps: 5 } });
});

test.each<[unknown, string]>([
  [{ sed: 1 }, 'x.toml: sed: expected a known key, got "sed". Did you mean "seed"?'],
  [
    { model: { learning_rate: 1 } },
    'x.toml: model.learning_rate: expected a known key, got "learning_rate". Did you mean "learningRate"?',
  ],
  [{ model: { epochs: "ten" } }, 'x.toml: model.epochs: expected an integer from 1 to 1000000, got "ten".'],
  [{ model: { kind: "mamml" } }, 'got "mamml". Did you mean "maml"?'],
  [{ model: "maml" }, 'x.toml: model: expected an object, got "maml".'],
  [{ split: { mode: "lastcome" } }, 'x.toml: split.mode: expected "random" or "last-come", got "lastcome".'],
  [
    { split: { coldFraction: 0 } },
    "x.toml: split.coldFraction: expected a number above 0 and at most 0.9, got 0.",
  ],
  [[], "x.toml: expected an object, got a list of 0."],
])("%j is refused", (given, message) => {
  expect(() => parseTrainConfig(given, "x.toml")).toThrow(message);
});

test("every learner on a network is a kind of model, and its settings are what a configuration may say", () => {
  expect(networkRows.length).toBeGreaterThan(6);
  for (const { name, model } of networkRows) {
    expect(parseTrainConfig({ model: { kind: name } }, "x").model).toEqual(model);
    const wrong = { model: { ...model, hidden: "64;64" } };
    expect(() => parseTrainConfig(wrong, "x")).toThrow("x: model.hidden: expected");
  }
});

test("an inner loop's parameter is unknown to the Bayes head", () => {
  expect(() => parseTrainConfig({ model: { innerSteps: 3 } }, "x")).toThrow(
    "x: model.innerSteps: expected a known key",
  );
});

test("text that is no TOML shows its line", () => {
  expect(() => parseToml("seed = 1\nmodel = [\n", "x.toml")).toThrow(/^x\.toml:\d+:\d+: expected TOML, got /);
  expect(() => parseToml("seed = 1\nseed == 2\n", "x.toml")).toThrow("x.toml:2:");
});

test("tables merge, everything else replaces", () => {
  expect(mergeConfig({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: { e: 1 } })).toEqual({
    a: { b: 1, c: [3] },
    d: { e: 1 },
  });
});
