import type { RunContext } from "../base/progress.ts";
import { locateData } from "../data/read/locate.ts";
import type { DataConfig } from "./config.ts";
import { type LoadedData, loadData, syntheticName } from "./load-data.ts";

const demoName = "movietweetings";

/** The data of the demo, and the configuration that finds it again. */
export interface DemoData extends LoadedData {
  readonly config: DataConfig;
}

/**
 * MovieTweetings from the folder given, or wherever it is found, or downloaded; the generated world where none of that
 * works, with the reason in `source`, or when `dir` is `synthetic`.
 *
 * @throws NOT_FOUND when a folder is given and does not hold it
 */
export async function demoData(dir: string | undefined, context: RunContext): Promise<DemoData> {
  if (dir === syntheticName) return generated("generated, as asked", context);
  const found = await locateData(demoName, { ctx: context, ...(dir === undefined ? {} : { dir }) });
  if (found.source === "none") {
    return generated(`generated, because there is no real data here: ${found.reason}`, context);
  }
  const config = { name: demoName, ...(found.source === "folder" ? { path: found.dir } : {}) };
  return { ...(await loadData(config, context)), config };
}

async function generated(source: string, context: RunContext): Promise<DemoData> {
  const config = { name: syntheticName };
  return { ...(await loadData(config, context)), config, source };
}
