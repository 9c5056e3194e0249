#!/usr/bin/env node
// In a clone the source runs as it is (src/ is there, dist/ may be old); the published package holds dist/ only.
import { existsSync } from "node:fs";

const source = new URL("../src/cli/main.ts", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
let entry = built;
if (existsSync(source)) {
  try {
    (await import("tsx/esm/api")).register();
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error("foretaste: expected installed packages, got none. Run `npm ci` in this clone first.");
    process.exit(1);
  }
  entry = source;
}
await import(entry.href);
