import type { Model } from "../../../models/model.ts";
import type { Method } from "../method.ts";
import { gradientMethod } from "./gradient.ts";

/** ANIL (Raghu et al. 2020, sec. 4): only the network's last layer takes the steps. */
export const anil: Method = gradientMethod("anil", "ANIL", { network: isHead, anchor: false });

function isHead({ head }: Model): (path: string) => boolean {
  return (path) => head.some((start) => path === start || path.startsWith(`${start}.`));
}
