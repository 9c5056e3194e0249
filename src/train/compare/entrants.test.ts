import { expect, test } from "vitest";
import { entrantsOf, tunedSettings } from "./entrants.ts";

const lists = { kind: "rankings", purpose: "full" } as const;
const pairs = { kind: "pairs", purpose: "full" } as const;

test("systems by name, with settings of their own in the label", () => {
  const [plain, set] = entrantsOf("ease, ease:regularisation=10", lists);
  expect([plain?.label, plain?.settings]).toEqual(["ease", {}]);
  expect([set?.label, set?.settings]).toEqual(["ease:regularisation=10", { regularisation: 10 }]);
});

test("an encoder that reads for one system alone stands in its label", () => {
  const [plain, read] = entrantsOf("bayes-head,bayes-head@use-lite:ratings.point=median", lists);
  expect(plain).not.toHaveProperty("encoder");
  expect([read?.label, read?.encoder, read?.settings]).toEqual([
    "bayes-head@use-lite:ratings.point=median",
    "use-lite",
    { "ratings.point": "median" },
  ]);
});

test("everything that suits takes part unless told", () => {
  const all = entrantsOf(undefined, lists).map(({ label }) => label);
  expect(all).toContain("popularity");
  expect(all).toContain("bayes-head");
  expect(entrantsOf(undefined, pairs).map(({ label }) => label)).toContain("constant");
  expect(all).not.toContain("constant");
});

test("systems of two domains take part where there are two", () => {
  const names = (field: Parameters<typeof entrantsOf>[1]) =>
    entrantsOf(undefined, field).map((one) => one.label);
  expect(names(lists)).not.toContain("emcdr");
  expect(names({ ...lists, data: "two domains" })).toEqual(
    expect.arrayContaining(["popularity", "emcdr", "ptupcdr", "domain-mixture"]),
  );
});

test("tuned settings hold where nothing else is said", () => {
  const tuned = new Map([tunedSettings({ model: { kind: "ease", regularisation: 7 } }, "e.toml", lists)]);
  const settings = entrantsOf("ease,ease:regularisation=9,popularity", lists, tuned).map(
    (one) => one.settings,
  );
  expect(settings).toEqual([{ regularisation: 7 }, { regularisation: 9 }, {}]);
});

test.each([
  ["eese", "system: expected one of popularity"],
  ["ease:regularization=1", "ease.regularization: expected one of"],
  ["ease:regularisation", "expected name=value after each colon"],
  ["ease,ease", "expected each once, got ease twice"],
])("%s is refused", (text, message) => {
  expect(() => entrantsOf(text, lists)).toThrow(message);
});

test("a settings file names its system and nothing that the system does not have", () => {
  expect(() => tunedSettings({}, "x.toml", lists)).toThrow(
    "x.toml: model.kind: expected the name of a system, got none",
  );
  expect(() => tunedSettings({ model: { kind: "ease", size: 3 } }, "x.toml", lists)).toThrow("ease.size");
  const [name, settings] = tunedSettings(
    { model: { kind: "bayes-head", ratings: { epochs: 3 } } },
    "x",
    lists,
  );
  expect([name, settings]).toEqual(["bayes-head", { "ratings.epochs": 3 }]);
});
