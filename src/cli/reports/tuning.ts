import Table from "cli-table3";
import type { TuneResult } from "../../train/tune/tune-system.ts";
import type { Report } from "../engine.ts";
import { plainTable } from "../tables.ts";

/** Trials that are shown. */
const SHOWN = 10;

/** What a study says. */
export function tuningReport({
  options,
  space,
  metric,
  history,
  best,
  importance,
  arena,
}: TuneResult): Report {
  const names = Object.keys(space);
  const trials = new Set(history.map(({ trial }) => trial)).size;
  const stopped =
    trials - new Set(history.filter(({ effort }) => effort === 1).map(({ trial }) => trial)).size;
  const failed = history.filter(({ error }) => error !== undefined);
  const full = history.filter(({ effort, value }) => effort === 1 && Number.isFinite(value));
  const ranked = [...full].sort((a, b) => a.value - b.value).slice(0, SHOWN);
  const byDefault = full.find(({ trial }) => trial === 0);
  const table = new Table({
    ...plainTable(["trial", metric, "fitting, s", ...names]),
    colAligns: ["right", "right", "right", ...names.map(() => "right" as const)],
  });
  for (const { trial, measured, trainSeconds, settings } of ranked) {
    const values = names.map((name) => String(settings[name]));
    table.push([String(trial + 1), measured?.toFixed(4) ?? "–", trainSeconds.toFixed(1), ...values]);
  }
  const text = [
    `${trials} trials of ${options.system} by ${metric} on the training people of ${arena.name}${stopped === 0 ? "" : `, ${stopped} ended early`}`,
    table.toString().replaceAll(/ +$/gm, ""),
    [
      ...(byDefault === undefined ? [] : [`Trial 1 are the defaults: ${byDefault.measured?.toFixed(4)}; `]),
      `the best is trial ${best.trial + 1}: ${best.measured?.toFixed(4)}.`,
    ].join(""),
    `What a setting explains alone of the differences (a hint): ${importance.map(({ setting, share }) => `${setting} ${Math.round(100 * share)} %`).join(", ")}.`,
    ...(failed.length === 0 ? [] : [`${failed.length} failed, such as: ${failed[0]?.error}`]),
    [
      `The study is ${options.study}.`,
      ...(options.output === undefined ? [] : [`The best settings are in ${options.output}.`]),
    ].join(" "),
  ].join("\n\n");
  return {
    text,
    data: { system: options.system, protocol: arena.name, metric, best, importance, trials: history },
  };
}
