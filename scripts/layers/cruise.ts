import { existsSync, readdirSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { rules } from "./rules.ts";

/** The folders whose files obey the table. */
export const roots: readonly string[] = ["src", "testing", "test", "dashboard"];

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export interface LayerReport {
  readonly violations: readonly Violation[];
  /** Source files that dependency-cruiser looked into, and those that lie in the tree: equal, or the check is blind. */
  readonly cruised: readonly string[];
  readonly inTree: readonly string[];
}

/** Every TypeScript file below `roots`, relative to `base`, with forward slashes. */
function filesInTree(base: string): string[] {
  return roots
    .filter((root) => existsSync(join(base, root)))
    .flatMap((root) =>
      readdirSync(join(base, root), { recursive: true, encoding: "utf8" })
        .filter((file) => /\.tsx?$/.test(file) && !file.split(sep).includes("node_modules"))
        .map((file) => join(root, file).replaceAll(sep, "/")),
    )
    .sort();
}

/**
 * Checks the tree at `base` against the table.
 *
 * @example const { violations } = await checkLayers(".");
 */
export async function checkLayers(base: string): Promise<LayerReport> {
  const inTree = filesInTree(base);
  const present = roots.filter((root) => existsSync(join(base, root)));
  const options = {
    baseDir: resolve(base),
    ruleSet: { forbidden: [...rules] },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  };
  const tsConfig = extractTSConfig(join(import.meta.dirname, "../../tsconfig.json"));
  const { output } = await cruise([...present], options, undefined, { tsConfig });
  const { modules, summary } = output as ICruiseResult;
  const known = new Set(inTree);
  return {
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    cruised: modules
      .map((module) => module.source)
      .filter((source) => known.has(source))
      .sort(),
    inTree,
  };
}
