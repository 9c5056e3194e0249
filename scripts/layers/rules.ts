import type { IForbiddenRuleType } from "dependency-cruiser";
import { type Apart, apart, type Layer, layers, type Owner, owners } from "./table.ts";

const tests = "\\.test\\.ts$|^test/";

/** The direct edges a row does not name. Packages are none of its business. */
function folderRule({ folder, mayImport }: Layer): IForbiddenRuleType {
  const allowed = mayImport === "everything" ? ["src"] : mayImport.map((name) => `src/${name}`);
  // "testing" is left to the rule below, so that unit tests may use it.
  const own = [folder, ...allowed, "testing"];
  return {
    name: `layer:${folder}`,
    comment: `${folder} imports itself and ${allowed.join(", ") || "nothing"}`,
    severity: "error",
    from: { path: `^${folder}/` },
    to: {
      path: "^(src|dashboard|testing|test|bench|scripts|examples|bin)/",
      pathNot: `^(${own.join("|")})(/|$)`,
    },
  };
}

function ownerRule({ called, modules, folders }: Owner): IForbiddenRuleType {
  return {
    name: `owner:${called}`,
    comment: `only ${folders.join(", ")} may import ${called}`,
    severity: "error",
    from: { path: "^src/", pathNot: `^(${folders.join("|")})/|${tests}` },
    to: { path: `(^|node_modules/)(node:)?(${modules.join("|")})(/|$)` },
  };
}

function apartRule({ folder, never, why }: Apart): IForbiddenRuleType {
  return {
    name: `apart:${folder}:${never}`,
    comment: why,
    severity: "error",
    from: { path: `^${folder}/`, pathNot: tests },
    to: { path: `^${never}/`, reachable: true },
  };
}

const general: readonly IForbiddenRuleType[] = [
  { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
  { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  {
    name: "testing-by-tests-only",
    severity: "error",
    from: { pathNot: `${tests}|^testing/` },
    to: { path: "^testing/|\\.test\\.ts$" },
  },
  {
    name: "no-dev-dependency-in-src",
    severity: "error",
    from: { path: "^src/", pathNot: tests },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm"] },
  },
];

/** Every rule of dependency-cruiser; all generated from the table, except those that hold for any project. */
export const rules: readonly IForbiddenRuleType[] = [
  ...layers.map(folderRule),
  ...owners.map(ownerRule),
  ...apart.map(apartRule),
  ...general,
];
