import { spawnSync } from "node:child_process";
import { compiled } from "./prepare.ts";

/** What the machine gives at best, through the same runtime. */
export interface Ceilings {
  /** 10^9 floating-point operations a second in one product of two 768 x 768 matrices. */
  readonly gflops: number;
  /** 10^9 bytes a second, read and written, adding arrays of 0.5 MB, which a core's cache holds. */
  readonly gigabytes: number;
}

/** Measured in a process of its own, on as many cores as threads. */
export function ceilings(threads: number): Ceilings {
  const cores = Array.from({ length: threads }, (_, i) => i).join(",");
  const script = [process.execPath, compiled("measure-ceilings"), String(threads)];
  const { stdout } = spawnSync("taskset", ["-c", cores, ...script], { encoding: "utf8" });
  return JSON.parse(stdout) as Ceilings;
}
