import { alongCases } from "./along.ts";
import { binaryCases } from "./binary.ts";
import { edgeCases } from "./edges.ts";
import { linalgCases } from "./linalg.ts";
import { logicCases } from "./logic.ts";
import { normaliseCases } from "./normalise.ts";
import { pieceCases } from "./pieces.ts";
import { reductionCases } from "./reductions.ts";
import { reshapeCases } from "./reshapes.ts";
import { elementwiseCases } from "./select.ts";
import type { TensorCase } from "./tensor-case.ts";
import { unaryCases } from "./unary.ts";

export type { TensorCase } from "./tensor-case.ts";

/** Every operator: values, each broadcasting case, edges. */
export const tensorCases: readonly TensorCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...elementwiseCases,
  ...reductionCases,
  ...reshapeCases,
  ...pieceCases,
  ...linalgCases,
  ...alongCases,
  ...logicCases,
  ...normaliseCases,
  ...edgeCases,
];
