import type { Engine, Report } from "./engine.ts";

/** The heavy parts themselves, each imported when it is first used. */
export const realEngine: Engine = {
  async loadRecommender(path) {
    const { loadRecommender } = await import("../serve/load.ts");
    return loadRecommender(path);
  },
  async runDemo(options, ctx) {
    const { runDemo } = await import("./demo/demo.ts");
    return runDemo(options, ctx);
  },
  async runTraining(config, ctx): Promise<Report> {
    const { runTraining } = await import("../train/run-training.ts");
    const { trainingReport } = await import("./reports/training.ts");
    return trainingReport(await runTraining(config, ctx));
  },
  async runEvaluation(options, ctx): Promise<Report> {
    const { runEvaluation } = await import("../train/run-evaluation.ts");
    const { evaluationReport } = await import("./reports/evaluation.ts");
    return evaluationReport(await runEvaluation(options, ctx));
  },
  async runComparison(options, ctx): Promise<Report> {
    const { compareSystems } = await import("../train/compare/compare-systems.ts");
    const { comparisonReport } = await import("./reports/comparison.ts");
    return comparisonReport(await compareSystems(options, ctx));
  },
  async runTransfer({ output, command, ...request }, ctx): Promise<Report> {
    const { runTransfer } = await import("../train/transfer/run-transfer.ts");
    const { writeTransferReport } = await import("../train/transfer/report.ts");
    const { transferReport } = await import("./reports/transfer.ts");
    const result = await runTransfer(request, ctx);
    const report =
      output === undefined
        ? undefined
        : await writeTransferReport(result, { output, command, now: ctx.clock.now() });
    return transferReport(result, report);
  },
  async runTuning(options, ctx): Promise<Report> {
    const { tuneSystem } = await import("../train/tune/tune-system.ts");
    const { tuningReport } = await import("./reports/tuning.ts");
    return tuningReport(await tuneSystem(options, ctx));
  },
};
