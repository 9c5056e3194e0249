// Compiles src/ to dist/, from nothing, so that no file of an older build is published.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
rmSync(join(root, "dist"), { recursive: true, force: true });
const tsc = join(root, "node_modules/typescript/bin/tsc");
// Without --incremental false, a stale build record would make tsc believe that dist/ is still there.
const args = [tsc, "-p", join(root, "tsconfig.build.json"), "--incremental", "false"];
process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
