import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Artefact } from "../../src/registry/artefact.ts";
import { saveArtefact } from "../../src/registry/registry.ts";
import type { RecommendationsAnswer } from "../../src/serve/contract.ts";
import { run } from "./run.ts";

let folder: string;
let models: string;
const ids: string[] = [];

function artefact(name: string, createdAt: string): Artefact {
  const metrics = { "ndcg_binary@10": 0.1834 };
  const manifest = { kind: "bayes-head", name, createdAt, config: {}, lineage: {}, metrics };
  return { manifest, tensors: {}, programs: {}, files: { notes: new Uint8Array(2_000_000) } };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-cli-"));
  models = join(folder, "models");
  ids.push(await saveArtefact(models, artefact("films", "2024-01-01T10:00:00Z")));
  ids.push(await saveArtefact(models, artefact("films-later", "2024-02-01T10:00:00Z")));
});
afterAll(() => rm(folder, { recursive: true }));

test("every command has help with examples, on stdout, and exit code 0", async () => {
  const single = ["demo", "train", "evaluate", "recommend", "ask", "serve"].map((name) => [name]);
  for (const command of [
    [],
    ...single,
    ["data", "describe"],
    ["models", "list"],
    ["encoders", "list"],
    ["encoders", "embed"],
  ]) {
    const { code, out, err } = await run([...command, "--help"]);
    expect([command, code, err]).toEqual([command, 0, ""]);
    expect(out).toContain(`Usage: ${["foretaste", ...command].join(" ")}`);
    expect(out).toContain(`Examples:\n  foretaste ${command.join(" ")}`);
  }
});

test.each([
  [["recomend"], "error[USAGE] unknown command 'recomend'\n(Did you mean recommend?)"],
  [["recommend", "--lik", "x"], "error[USAGE] unknown option '--lik'\n(Did you mean --like?)"],
  [["recommend", "-n", "0"], "Expected a whole number from 1 to 1000."],
  [["recommend", "-n", "ten"], "Expected a whole number from 1 to 1000."],
  [["train", "--learning-rate", "fast"], "Expected a number."],
  [["evaluate", "--shots", "1,x"], "Expected whole numbers with commas between them"],
  [["compare", "--shots", "1,some"], "Expected whole numbers or `all` with commas between them"],
  [["compare", "--jobs", "0"], "Expected a whole number from 1 to 256."],
  [["tune"], "required option '-s, --system <name>' not specified"],
  [["tune", "--system", "ease", "--search", "grid"], "Allowed choices are tpe, random, halving."],
  [["transfer", "--source", "a"], "required option '--target <name>' not specified"],
  [["transfer", "--source", "a", "--target", "b", "--shares", "0,2"], "Expected shares above 0 and up to 1"],
  [["transfer", "--source", "a", "--target", "b", "--column", "genre"], "Expected target=source"],
  [["serve", "--port", "70000"], "Expected a whole number from 0 to 65535."],
  [["serve", "--log-level", "loud"], "Allowed choices are trace, debug, info, warn, error, silent."],
])("a wrong call is explained with exit code 2: %j", async (args, message) => {
  const { code, out, err } = await run(args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
});

test("a failure is one line with its code, exit code 1, and a stack only with --debug", async () => {
  const nowhere = join(folder, "nowhere");
  const { code, err } = await run(["recommend", "--models", nowhere]);
  expect(code).toBe(1);
  expect(err).toBe(
    `error[NOT_FOUND] ${nowhere}: expected a saved model, got none. Make one with \`foretaste demo\` or ` +
      "`foretaste train`, or name another folder with --models.\n",
  );
  const debugged = await run(["recommend", "--debug", "--models", nowhere]);
  expect(debugged.err).toContain("\n    at ");
});

test("colours only where they are wanted", async () => {
  const plain = await run(["recommend", "--models", "/nowhere"]);
  expect(plain.err).not.toContain("\u001b");
  const forced = await run(["recommend", "--models", "/nowhere"], { env: { FORCE_COLOR: "1" } });
  expect(forced.err.startsWith("\u001b[31merror[NOT_FOUND]")).toBe(true);
  const both = await run(["recommend", "--models", "/nowhere"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
  expect(both.err).toBe(plain.err);
});

test("models list: newest first, a damaged one with its reason; nothing is no error", async () => {
  const bad = join(models, "zz-damaged");
  await saveArtefact(models, artefact("x", "2023-01-01T00:00:00Z")).then(async (id) => {
    await writeFile(join(models, id, "manifest.json"), "{");
    ids.push(id);
  });
  const { code, out } = await run(["models", "list", "--models", models]);
  expect([code, bad]).toEqual([0, bad]);
  const lines = out.split("\n").map((line) => line.trim().split(/\s{2,}/));
  expect(lines[0]).toEqual(["id", "kind", "made (UTC)", "size", "remark"]);
  expect(lines[1]).toEqual([ids[1], "bayes-head", "2024-02-01 10:00", "2.0 MB", "ndcg_binary@10 0.183"]);
  expect(lines[2]?.[0]).toBe(ids[0]);
  expect(lines[3]?.[0]).toBe(ids[2]);
  expect(out).toContain("manifest.json");
  const json = await run(["models", "list", "--models", models, "--json"]);
  expect((JSON.parse(json.out) as { id: string }[]).map(({ id }) => id)).toEqual([ids[1], ids[0], ids[2]]);
  const none = await run(["models", "list", "--models", join(folder, "none")]);
  expect([none.code, none.out]).toEqual([0, ""]);
  expect(none.err).toContain("No saved model");
});

test("recommend --like: a typo finds the nearest title, and reasons sum to the score", async () => {
  const args = ["recommend", "--models", models, "--like", "haet", "-n", "2"];
  const { code, out, err } = await run(args);
  expect([code, err.trim()]).toEqual([0, "For Heat:"]);
  expect(out.split("\n").map((line) => line.trim())).toEqual([
    expect.stringMatching(/^title\s+score\s+why$/),
    expect.stringMatching(/^1\s+The Third Man\s+4\.14\s+\+4\.00 Heat, \+0\.14 popularity$/),
    expect.stringMatching(/^2\s+The Thin Man\s+4\.13\s+\+4\.00 Heat, \+0\.13 popularity$/),
    "",
  ]);
  const json = JSON.parse((await run([...args, "--json"])).out) as RecommendationsAnswer;
  for (const { score, reasons } of json.items) {
    expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(score, 12);
  }
});

test("recommend --like: words that fit many titles or none are errors that help", async () => {
  const many = await run(["recommend", "--models", models, "--like", "the t man"]);
  expect([many.code, many.err]).toEqual([
    1,
    'error[NOT_FOUND] --like "the t man": expected one title of the catalogue, got several that fit. ' +
      'One of: "The Thin Man", "The Third Man".\n',
  ]);
  const none = await run(["recommend", "--models", models, "--like", "qqqq"]);
  expect(none.err).toContain("got none that is near.");
});

test("recommend, interactively: titles, a choice, a miss, a list, more titles, another list", async () => {
  const typed = "haet\nthe t man\n2\nqqqq\n\nt man\ncasablanca\n\n\n";
  const { code, out, err } = await run(["recommend", "--models", models, "-n", "1"], { typed });
  expect(code).toBe(0);
  expect(err).toContain("+ Heat  (the nearest title)");
  expect(err).toContain("1  The Thin Man\n  2  The Third Man\n  + The Third Man");
  expect(err).toContain("Nothing taken");
  expect(err).toContain("For Heat, The Third Man:");
  expect(err).toContain("For Heat, The Third Man, Casablanca:");
  expect(out.match(/The Thin Man\s+8\.13/g)).toHaveLength(2);
});

test("recommend, interactively: nothing typed gets what a stranger gets", async () => {
  const { code, out, err } = await run(["recommend", "--models", models, "-n", "1"]);
  expect([code, out.includes("Alien"), err.includes("For somebody unknown:")]).toEqual([0, true, true]);
});

test("ask: values, what is not known, a slip, then a list of the rest", async () => {
  const typed = "9\n\nlots\n11\n2,5\n";
  const { code, out, err } = await run(["ask", "--models", models, "-q", "3", "-n", "2"], { typed });
  expect(code).toBe(0);
  expect(err).toContain("A number from 0 to 10; Enter for what you do not know; q to end.");
  expect(err.match(/A number from 0 to 10, Enter, or q\./g)).toHaveLength(2);
  for (const title of ["1/3  Alien", "2/3  Aliens", "3/3  Casablanca"]) expect(err).toContain(title);
  expect(err).toContain("After 2 answers to 3 questions:");
  // Aliens was not known: it may be recommended, with 1/2 for popularity and 4 for the 9 of Alien.
  expect(out).toMatch(/Aliens\s+4\.50/);
  expect(out).not.toContain("Casablanca");
});

test("ask --json: every question with its answer; q and the end of the input end it", async () => {
  for (const typed of ["8\n\nq\n", "8\n\n"]) {
    const { code, out } = await run(["ask", "--models", models, "-n", "1", "--json"], { typed });
    const found = JSON.parse(out) as { model: string; asked: unknown[]; items: { id: string }[] };
    expect([code, found.model, found.items.length]).toEqual([0, "fake", 1]);
    expect(found.asked).toEqual([
      { id: "a1", label: "Alien", value: 8 },
      { id: "a2", label: "Aliens", value: null },
    ]);
  }
});

test("ask: what was answered and what was not both say what to ask next", async () => {
  const { calls } = await run(["ask", "--models", models, "-q", "3", "--json"], { typed: "8\n\n3\n" });
  const asked = calls.map((call) => (call as [string, unknown])[1]);
  expect(asked.at(-1)).toEqual({
    history: [{ item: "a1", value: 8, asked: true }],
    n: 1,
    exclude: new Set(["a1", "a2"]),
    unanswered: new Set(["a2"]),
  });
});

test("ask: nothing is asked twice, and it ends when nothing is left", async () => {
  const { out } = await run(["ask", "--models", models, "-q", "99", "--json"], { typed: "\n".repeat(50) });
  const { asked } = JSON.parse(out) as { asked: { id: string }[] };
  expect(new Set(asked.map(({ id }) => id)).size).toBe(8);
  expect(asked).toHaveLength(8);
});

test("the model is the newest one, or named by its id, the beginning of it, or its folder", async () => {
  const first = ids[0] ?? "";
  for (const model of [first, first.slice(0, 9), join(models, first)]) {
    const { code } = await run(["recommend", "--models", models, "--model", model, "--like", "up"]);
    expect([model, code]).toEqual([model, 1]);
  }
  const many = await run(["recommend", "--models", models, "--model", "films"]);
  expect(many.err).toContain("got 2 that begin so");
  const none = await run(["recommend", "--models", models, "--model", `${first}x`]);
  expect(none.err).toContain(`Did you mean ${first}?`);
});

test("serve: says where, answers, and stops on request", async () => {
  const controller = new AbortController();
  const store = join(folder, "store.db");
  const url = new Promise<string>((resolve) => {
    const onOutput = (all: string) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(all);
      if (found !== null) resolve(found[0]);
    };
    void serving(onOutput).then((ran) => finished(ran));
  });
  let finished: (ran: Awaited<ReturnType<typeof run>>) => void = () => {};
  const ended = new Promise<Awaited<ReturnType<typeof run>>>((resolve) => (finished = resolve));
  const address = await url;
  const ready = await fetch(`${address}/health/ready`);
  expect(await ready.json()).toEqual({ status: "ok", model: "fake" });
  controller.abort();
  const { code, out, err } = await ended;
  expect(code).toBe(0);
  await expect(fetch(address)).rejects.toThrow("fetch failed");
  expect(err).toContain(`Stopped. Every event that was acknowledged is in ${store}.`);
  expect(JSON.parse(out.trim().split("\n").at(-1) ?? "")).toMatchObject({
    route: "/health/ready",
    status: 200,
  });

  function serving(onOutput: (all: string) => void) {
    const args = ["serve", "--port", "0", "--store", store, "--models", models];
    return run(args, { signal: controller.signal, onOutput });
  }
});

test("serve: another address than loopback is refused before anything is bound", async () => {
  const args = ["serve", "--host", "0.0.0.0", "--models", models, "--store", join(folder, "s.db")];
  const { code, err } = await run(args);
  expect([code, err.startsWith("error[CONFIG] host: expected a loopback address")]).toEqual([1, true]);
  expect(err).toContain("no keys yet");
});

test("train: flags win over the file, and go where the configuration has them", async () => {
  const file = join(folder, "train.toml");
  await writeFile(file, 'seed = 3\n[model]\nkind = "maml"\nepochs = 2\ninnerSteps = 4\n');
  const flags = ["--seed", "9", "--epochs", "7", "--inner-learning-rate", "0.5", "--dataset", "synthetic"];
  const { code, out, calls } = await run(["train", "--config", file, "--output", "out", ...flags]);
  expect([code, out]).toEqual([0, "as text\n"]);
  expect(calls).toMatchObject([
    [
      "train",
      {
        seed: 9,
        output: "out",
        data: { name: "synthetic" },
        model: { kind: "maml", epochs: 7, innerSteps: 4, innerLearningRate: 0.5 },
      },
    ],
  ]);
});

test("train: a learner that is none is an error with the nearest that is", async () => {
  const { code, err, calls } = await run(["train", "--model", "mmal"]);
  expect([code, calls]).toEqual([1, []]);
  expect(err).toMatch(/^error\[CONFIG\] flags: model\.kind: .*got "mmal"\. Did you mean "maml"\?\n$/);
});

test("train: a wrong key in the file, or a flag of another model, is an error with its path", async () => {
  const file = join(folder, "wrong.toml");
  await writeFile(file, "[model]\nepoch = 2\n");
  const { code, err, calls } = await run(["train", "--config", file]);
  expect([code, calls]).toEqual([1, []]);
  expect(err).toBe(
    `error[CONFIG] ${file}: model.epoch: expected a known key, got "epoch". Did you mean "epochs"?\n`,
  );
  const other = await run(["train", "--inner-steps", "3"]);
  expect(other.err).toContain("error[CONFIG] flags: model.innerSteps: expected a known key");
});

test("stopped by the user: exit code 130, and what was kept", async () => {
  const { code, err } = await run(["train", "--seed", "130"]);
  expect(code).toBe(130);
  expect(err).toBe(
    "error[CANCELLED] training: expected 30 epochs, got Ctrl-C after 4. Kept: the best of them.\n",
  );
});

test("evaluate and demo pass on what was asked, and --json is the same as data", async () => {
  const path = join(models, ids[1] ?? "");
  const plain = await run(["evaluate", "--models", models]);
  expect(plain.calls).toEqual([["evaluate", { model: path }]]);
  const asked = ["evaluate", "--models", models, "--shots", "0,5", "--dataset", "ml-1m", "--json"];
  const json = await run(asked);
  expect(json.calls).toEqual([["evaluate", { model: path, shots: [0, 5], data: { name: "ml-1m" } }]]);
  expect(JSON.parse(json.out)).toEqual({ as: "data" });
  const file = join(folder, "demo.json");
  const demo = await run(["demo", "--seed", "4", "--models", "m", "--json", file]);
  expect([demo.out, demo.err]).toEqual(["first\nas text\n", `Written to ${file}.\n`]);
  expect(demo.calls).toEqual([["demo", { seed: 4, models: "m" }]]);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ as: "data" });
  const bad = await run(["demo", "--json", join(folder, "no", "where.json")]);
  expect([bad.code, bad.err.startsWith("error[CONFIG] --json: expected a file")]).toEqual([1, true]);
});

test("compare and tune hand on what was asked, with files named after the question", async () => {
  const systems = ["--systems", "ease,maml:innerSteps=5", "--settings", "a.toml", "--settings", "b.toml"];
  const compared = await run([
    "compare",
    "-p",
    "melu",
    ...systems,
    "--shots",
    "0,all",
    "--data",
    "d",
    "-j",
    "3",
  ]);
  expect(compared.calls).toEqual([
    [
      "compare",
      {
        protocol: "melu",
        systems: "ease,maml:innerSteps=5",
        settings: ["a.toml", "b.toml"],
        data: { path: "d" },
        shots: [0, "all"],
        seed: 1,
        jobs: 3,
        anyCode: false,
        cells: ".foretaste/cells",
        command: "foretaste compare --protocol melu --systems ease,maml:innerSteps=5 --shots 0,all --seed 1",
      },
    ],
  ]);
  const tuned = await run([
    "tune",
    "-s",
    "maml:innerSteps=5",
    "--search",
    "halving",
    "-j",
    "1",
    "--trials",
    "9",
  ]);
  expect(tuned.calls).toMatchObject([
    [
      "tune",
      {
        system: "maml:innerSteps=5",
        protocol: "cold-users",
        search: "halving",
        trials: 9,
        jobs: 1,
        study: "studies/maml-innerSteps-5-cold-users-halving.jsonl",
        output: "studies/maml-innerSteps-5-cold-users-halving.toml",
        effortOf: "people",
      },
    ],
  ]);
});
