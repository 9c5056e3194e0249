// Runs vitest with the given arguments; the last line is always "N passed, N failed".
import { parseCLI, startVitest, type Vitest } from "vitest/node";

/** Tests by outcome. A file that could not be loaded and an error outside any test count as one failure each. */
function count(vitest: Vitest): { passed: number; failed: number } {
  let [passed, failed] = [0, vitest.state.getUnhandledErrors().length];
  for (const file of vitest.state.getTestModules()) {
    for (const test of file.children.allTests()) {
      if (test.result().state === "passed") passed++;
      if (test.result().state === "failed") failed++;
    }
    if (file.errors().length > 0) failed++;
  }
  return { passed, failed };
}

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const vitest = await startVitest("test", filter, { ...options, watch: false });
const { passed, failed } = count(vitest);
await vitest.close();
const nothingRan = passed + failed === 0;
if (nothingRan) console.error("test: expected at least one test, got none. Check the filter.");
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || nothingRan ? 1 : Number(process.exitCode ?? 0));
