import type { BayesHeadParts } from "./bayes-head.ts";
import { oneClassShape } from "./one-class.ts";
import { defaultOneClassConfig } from "./one-class-config.ts";
import { adaptProgram, scoreProgram } from "./one-class-programs.ts";

/** Sizes of the exported programs: shapes are static in them. */
export interface ExportSizes {
  readonly shots: number;
  readonly items: number;
}

/**
 * Adaptation and scoring of the one-class head as ONNX files, for whoever serves without this package. Rows beyond what a
 * request has are padding: `mask` 0 for events, any numbers for items.
 */
export async function choicePrograms(
  { choice }: BayesHeadParts,
  { shots, items }: ExportSizes,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const shape = oneClassShape(choice.catalogue, { ...defaultOneClassConfig, ...choice.config });
  const [adapt, score] = [await adaptProgram(shape, shots), await scoreProgram(shape, items, 1)];
  const programs = { [`adapt-${shots}`]: adapt.toOnnx(), [`score-${items}`]: score.toOnnx() };
  await Promise.all([adapt.release(), score.release()]);
  return programs;
}
