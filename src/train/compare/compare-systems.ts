import { readFile } from "node:fs/promises";
import { ForetasteError } from "../../base/errors.ts";
import type { Settings } from "../../base/settings.ts";
import { type DataConfig, parseToml } from "../config.ts";
import type { Arena, ArenaRequest } from "./arena.ts";
import { arenaNamed } from "./arenas.ts";
import { entrantsOf, type TunedSettings, tunedSettings } from "./entrants.ts";
import { type ComparisonOptions, type ComparisonResult, runComparison } from "./run-comparison.ts";
import { writeReport } from "./write-report.ts";

/** What the command line asks for; whatever is absent is up to the protocol. */
export interface CompareOptions {
  readonly protocol: string;
  readonly data: Partial<DataConfig>;
  /** Names with commas between them, such as `"ease,maml:innerSteps=5"`. */
  readonly systems?: string;
  /** TOML files whose `[model]` table holds the settings of a system. */
  readonly settings: readonly string[];
  readonly draws?: number;
  readonly shots?: readonly (number | "all")[];
  /** Attribute of the items that tells domains apart; the protocol's own choice unless told. */
  readonly by?: string;
  readonly seed: number;
  readonly jobs: number;
  /** Folder of computed cells. */
  readonly cells: string;
  readonly anyCode: boolean;
  /** Label of the system that is also compared with each other one. */
  readonly versus?: string;
  /** Folder for the report; none is written when absent. */
  readonly output?: string;
  /** The command that does it again, for the report. */
  readonly command: string;
}

export interface CompareResult extends ComparisonResult {
  /** Path of the report, where one was written. */
  readonly report?: string;
}

/**
 * `foretaste compare`: settles what was left open, compares, and writes the report.
 *
 * @throws CONFIG, NOT_FOUND for what cannot be asked; as `runComparison` does
 */
export async function compareSystems(
  options: CompareOptions,
  context: ComparisonOptions & { readonly clock: NonNullable<ComparisonOptions["clock"]> },
): Promise<CompareResult> {
  const arena = arenaNamed(options.protocol);
  const tuned = await readSettings(options.settings, arena);
  const request = {
    arena: arenaRequest(options, arena),
    entrants: entrantsOf(options.systems, arena, tuned),
    cells: options.cells,
    jobs: options.jobs,
    anyCode: options.anyCode,
    ...(options.versus === undefined ? {} : { versus: options.versus }),
  };
  const result = await runComparison(request, context);
  if (options.output === undefined) return result;
  const how = { output: options.output, command: options.command, now: context.clock.now() };
  return { ...result, report: await writeReport(result, how) };
}

/** What is asked of a protocol, with its own choices where nothing was said. */
export function arenaRequest(
  { data, draws, shots, seed, by }: Pick<CompareOptions, "data" | "draws" | "shots" | "seed" | "by">,
  arena: Arena,
): ArenaRequest {
  return {
    protocol: arena.name,
    data: { name: arena.datasets[0] ?? "", ...data },
    draws: draws ?? arena.draws,
    seed,
    ...(shots === undefined ? {} : { shots }),
    ...(by === undefined ? {} : { by }),
  };
}

async function readSettings(files: readonly string[], arena: Arena): Promise<TunedSettings> {
  const found = new Map<string, Settings>();
  for (const file of files) {
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      const got = cause instanceof Error && "code" in cause ? String(cause.code) : "a failure";
      const expected = "a settings file that can be read";
      throw new ForetasteError("NOT_FOUND", { where: file, expected, got, cause });
    });
    const [system, settings] = tunedSettings(parseToml(text, file), file, arena);
    found.set(system, settings);
  }
  return found;
}
