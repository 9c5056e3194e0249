import { readFile } from "node:fs/promises";
import { ForetasteError } from "../base/errors.ts";
import { asRecord, mergeConfig, parseToml, parseTrainConfig, type TrainConfig } from "./config.ts";
import { networkRow } from "./networks.ts";
import { pairSystems } from "./pair-systems.ts";
import { systems } from "./systems.ts";

/**
 * Reads a TOML file and lays `flags` on it.
 *
 * @throws ForetasteError `NOT_FOUND`; `CONFIG` for text that is no TOML (with its line), for wrong keys or values, and for
 * a system that is compared and never saved, with the command that fits it
 */
export async function readTrainConfig(path: string | undefined, flags: unknown = {}): Promise<TrainConfig> {
  const where = path ?? "flags";
  const given = path === undefined ? flags : mergeConfig(parseToml(await readText(path), path), flags);
  const kind = asRecord(asRecord(given)?.["model"])?.["kind"];
  if (typeof kind === "string") checkSaved(kind, where);
  return parseTrainConfig(given, where);
}

function checkSaved(kind: string, where: string): void {
  const protocol = protocolOf(kind);
  if (protocol === undefined) return;
  throw new ForetasteError("CONFIG", {
    where: `${where}: model.kind`,
    expected: "a model that is saved and served: bayes-head, or a learner on a network such as maml",
    got: `"${kind}", which is fitted where it is judged`,
    hint: `Use: foretaste compare --protocol ${protocol} --systems ${kind}`,
  });
}

/** A protocol that fits and judges a system which cannot be saved; none for the others and for unknown names. */
function protocolOf(kind: string): string | undefined {
  const pairs = pairSystems.find(({ name }) => name === kind);
  if (pairs !== undefined) return pairs.about.includes("item") ? "meta-emb" : "cold-domain";
  const system = systems.find(({ name }) => name === kind);
  if (system === undefined || system.name === "bayes-head" || networkRow(system.name)) return undefined;
  return system.data === "two domains" ? "cross-domain" : "cold-users";
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const got = cause instanceof Error && "code" in cause ? String(cause.code) : "a failure";
    throw new ForetasteError("NOT_FOUND", { where: path, expected: "a file that can be read", got, cause });
  }
}
