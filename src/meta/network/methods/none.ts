import type { Method } from "../method.ts";
import { fastScore } from "./gradient.ts";

/** No adaptation: a plain network, trained on the same tasks, which knows attributes alone of somebody new. */
export const none: Method = {
  name: "none",
  title: "Plain network",
  shapes: () => ({}),
  adapt: () => ({}),
  score: fastScore,
};
