import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type Command, Option } from "commander";
import type { Recommender } from "../../serve/recommender.ts";
import type { Cli } from "../cli.ts";
import type { Engine } from "../engine.ts";
import { findModel, type ModelOptions, withModelOptions } from "../model-path.ts";
import { integerFrom, withExamples } from "../options.ts";

interface Options extends ModelOptions {
  readonly host: string;
  readonly port: number;
  readonly store: string;
  readonly logLevel: string;
}

/** `serve` */
export function serveCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("serve")
    .description("answer over HTTP: events in, personal recommendations out")
    .option("--host <address>", "loopback address to bind", "127.0.0.1")
    .option("-p, --port <number>", "port; 0 is any free one", integerFrom(0, 65535), 8787)
    .option("--store <file>", "SQLite file of users, items and events", "foretaste.db")
    .addOption(new Option("--log-level <level>", "what to log").choices(logLevels).default("info"))
    .action((options: Options) => serve(options, cli, engine, program.version() ?? ""));
  withModelOptions(command);
  withExamples(command, [
    ["foretaste serve", "the newest model on http://127.0.0.1:8787"],
    ["foretaste serve --port 0 --store /tmp/try.db", "any free port, a store of its own"],
  ]);
}

const logLevels = ["trace", "debug", "info", "warn", "error", "silent"];

async function serve(options: Options, cli: Cli, engine: Engine, version: string): Promise<void> {
  const { createServerLog, startServer } = await import("../../serve/http/server.ts");
  const { createService } = await import("../../serve/service.ts");
  const { openSqliteStore } = await import("../../store/sqlite.ts");
  const recommender = await engine.loadRecommender(await findModel(options));
  const store = await openSqliteStore(options.store);
  try {
    const service = createService({ store, recommender, clock: cli.clock, newId: randomUUID });
    const log = createServerLog(options.logLevel, cli.stdout);
    const server = await startServer(service, { host: options.host, port: options.port, version, log });
    cli.say(welcome(server.url, recommender, options.store));
    if (!cli.signal.aborted) await once(cli.signal, "abort");
    await server.close();
    cli.say(`Stopped. Every event that was acknowledged is in ${options.store}.`);
  } finally {
    await store.close();
  }
}

function welcome(url: string, { modelId, items }: Recommender, store: string): string {
  const event = JSON.stringify({ user: "ann", item: items.ids[0], type: "like" });
  return [
    `Model ${modelId} answers on ${url}; events are kept in ${store}. Ctrl-C stops.`,
    "Try, in another terminal:",
    `  curl '${url}/v1/users/ann/recommendations?n=3'`,
    `  curl -H 'content-type: application/json' -d '${event}' ${url}/v1/events`,
    `  curl ${url}/openapi.json`,
  ].join("\n");
}
