import type { Method } from "../method.ts";
import { gradientMethod } from "./gradient.ts";

/** MeLU (Lee et al. 2019, sec. 3.2, alg. 1): the decision layers take the steps, every embedding stays as it is. */
export const melu: Method = gradientMethod("melu", "MeLU", { network: () => () => true, anchor: false });
