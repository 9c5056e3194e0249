import type { AddressInfo } from "node:net";
import { type Logger, pino } from "pino";
import { ForetasteError } from "../../base/errors.ts";
import type { Service } from "../service.ts";
import { createApp } from "./app.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly version: string;
  readonly log?: Logger;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops accepting, answers what is in flight, then resolves. */
  close(): Promise<void>;
}

const loopback: Readonly<Record<string, string>> = {
  "127.0.0.1": "127.0.0.1",
  localhost: "127.0.0.1",
  "::1": "::1",
};

/**
 * Answers over HTTP on a loopback address.
 *
 * @throws ForetasteError `CONFIG` for any other address, and for a port that is taken or not allowed.
 */
export async function startServer(service: Service, options: ServerOptions): Promise<RunningServer> {
  const host = loopback[options.host];
  if (host === undefined) throw notLoopback(options.host);
  const { version, log } = options;
  const app = await createApp(service, { version, ...(log === undefined ? {} : { log }) });
  try {
    await app.listen({ host, port: options.port });
  } catch (cause) {
    await app.close();
    throw cannotListen(host, options.port, cause);
  }
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, close: () => app.close() };
}

/** Structured lines, without the name of the machine and without what people did. */
export function createServerLog(level: string, stream: NodeJS.WritableStream): Logger {
  return pino({ level, base: null }, stream);
}

function notLoopback(host: string): ForetasteError {
  return new ForetasteError("CONFIG", {
    where: "host",
    expected: "a loopback address (127.0.0.1, ::1 or localhost)",
    got: `"${host}"`,
    hint: "This version has no keys yet, so everybody who reaches it could read and write: put a proxy that authenticates in front.",
  });
}

function cannotListen(host: string, port: number, cause: unknown): ForetasteError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "another failure";
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: "one in use",
    EACCES: "one that needs more rights",
  };
  return new ForetasteError("CONFIG", {
    where: "port",
    expected: `a free port on ${host}`,
    got: `${port}, ${words[code] ?? code}`,
    hint: "Choose another with --port, or --port 0 for any free one.",
    cause,
  });
}
