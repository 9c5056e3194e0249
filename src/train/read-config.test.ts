import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { arenas } from "./compare/arenas.ts";
import { readTrainConfig } from "./read-config.ts";

test("flags win over the file, and a flag that was not given changes nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "foretaste-config-"));
  const file = join(folder, "train.toml");
  await writeFile(file, 'seed = 3\noutput = "out"\n[model]\nkind = "maml"\nepochs = 2\n');
  const config = await readTrainConfig(file, { seed: 9, output: undefined, model: { epochs: undefined } });
  expect([config.seed, config.output, config.model.kind, config.model.epochs]).toEqual([9, "out", "maml", 2]);
  await expect(readTrainConfig(join(folder, "nothing.toml"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  await rm(folder, { recursive: true });
});

test.each([
  ["bayes-clicks", "cold-users"],
  ["ensemble", "cold-users"],
  ["ease", "cold-users"],
  ["emcdr", "cross-domain"],
  ["meta-emb", "meta-emb"],
  ["domain-maml", "cold-domain"],
])("%s is compared and not saved: the error says with which command", async (kind, protocol) => {
  expect(arenas.map(({ name }) => name)).toContain(protocol);
  await expect(readTrainConfig(undefined, { model: { kind } })).rejects.toMatchObject({
    code: "CONFIG",
    parts: { hint: `Use: foretaste compare --protocol ${protocol} --systems ${kind}` },
  });
});

test("a name that no system has is left to the schema", async () => {
  await expect(readTrainConfig(undefined, { model: { kind: "mamml" } })).rejects.toThrow(
    'Did you mean "maml"?',
  );
});
