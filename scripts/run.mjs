// `node scripts/run.mjs FILE ARGS...`: installs what is missing, then runs FILE in this same process, so that signals,
// exit codes and the terminal are its own. TypeScript runs from source.
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setup } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [node, , file = "", ...args] = process.argv;
const code = await setup(root);
if (code !== 0) process.exit(code);
if (file.endsWith(".ts")) (await import("tsx/esm/api")).register();
const target = resolve(root, file);
process.argv = [node ?? "node", target, ...args];
await import(pathToFileURL(target).href);
