import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Our side as its users run it: JavaScript, without a TypeScript loader in the process. */
export function compiled(script: "ours" | "measure-ceilings"): string {
  return `.foretaste/engine/bench/engine/${script}.js`;
}

/** Compiles our side, and installs the peers where that has not been done. */
export function prepare(): void {
  must(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "bench/engine/tsconfig.json"]);
  if (!existsSync("bench/peers/.venv")) must("bash", ["bench/peers/setup"]);
}

function must(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exit ${status}`);
}
