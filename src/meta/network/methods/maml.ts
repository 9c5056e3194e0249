import type { Method } from "../method.ts";
import { everything, gradientMethod } from "./gradient.ts";

/**
 * MAML (Finn et al. 2017, alg. 1): the whole network takes gradient steps on the support, and the prior learns through
 * them. The embedding of the task's own attributes is among what moves: each task has its own copy.
 */
export const maml: Method = gradientMethod("maml", "MAML", everything);

/** MAML of first order (Finn et al. 2017, sec. 5.2): the gradients of the steps are constants to the prior. */
export const fomaml: Method = gradientMethod("fomaml", "FOMAML", everything, 1);
