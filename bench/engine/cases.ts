import { createRng, type Rng } from "../../src/base/rng.ts";

/** What every side of the benchmark computes; the mathematics is in bench/peers/README.md. */
export interface Case {
  readonly case: "maml" | "anil" | "bayes" | "mlp" | "transformer";
  readonly settings: Readonly<Record<string, number>>;
}

export type Arrays = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

const META = { support: 20, query: 10, rate: 0.01 };

/** Every row of the page. */
export const cases: readonly Case[] = [
  ...(["maml", "anil", "bayes"] as const).flatMap((name) =>
    [0, 512].flatMap((text) =>
      [32, 256].flatMap((tasks) =>
        (name === "bayes" ? [0] : [1, 5]).map((steps) => ({
          case: name,
          settings: { tasks, steps, text, ...META },
        })),
      ),
    ),
  ),
  { case: "mlp", settings: { rows: 1024, width: 256 } },
  { case: "transformer", settings: { batch: 32, length: 32, width: 128, heads: 4, hidden: 512 } },
];

/** `maml 32 tasks, 5 steps, 256 + 512 wide` */
export function caseName({ case: name, settings }: Case): string {
  if (name === "mlp") return `3-layer MLP, batch ${settings["rows"]}`;
  if (name === "transformer") return `transformer block, ${settings["batch"]} x ${settings["length"]} tokens`;
  const steps =
    name === "bayes" ? "" : `, ${settings["steps"]} inner step${settings["steps"] === 1 ? "" : "s"}`;
  const called = { maml: "MAML", anil: "ANIL", bayes: "Bayes head" }[name];
  return `${called}, ${settings["tasks"]} tasks${steps}, inputs ${256 + settings["text"]!}`;
}

/** Shapes of everything a case is fed, weights first. */
export function shapesOf({ case: name, settings: s }: Case): Readonly<Record<string, readonly number[]>> {
  if (name === "mlp")
    return { ...dense([s["width"]!, 256, 256, 1]), x: [s["rows"]!, s["width"]!], y: [s["rows"]!] };
  if (name === "transformer") return transformerShapes(s);
  const [t, text] = [s["tasks"]!, s["text"]!];
  const rows = (part: "s" | "q", n: number): Record<string, readonly number[]> => ({
    [`x${part}`]: [t, n, 256],
    ...(text > 0 && { [`t${part}`]: [t, n, text] }),
    [`y${part}`]: [t, n],
  });
  const net = name === "bayes" ? dense([256 + text, 64, 32]) : dense([256 + text, 64, 64, 1]);
  return { ...net, ...rows("s", s["support"]!), ...rows("q", s["query"]!) };
}

function dense(sizes: readonly number[]): Record<string, readonly number[]> {
  const layers = sizes.slice(1).map((out, i) => ({ [`w${i}`]: [sizes[i]!, out], [`b${i}`]: [out] }));
  return Object.assign({}, ...layers) as Record<string, readonly number[]>;
}

function transformerShapes(s: Case["settings"]): Record<string, readonly number[]> {
  const [d, f, x] = [s["width"]!, s["hidden"]!, [s["batch"]!, s["length"]!, s["width"]!]];
  const square = ["q", "k", "v", "o"].map((name) => ({ [`w${name}`]: [d, d], [`b${name}`]: [d] }));
  const rest = { wf: [d, f], bf: [f], wg: [f, d], bg: [d], g0: [d], c0: [d], g1: [d], c1: [d] };
  return { ...(Object.assign({}, ...square) as object), ...rest, x, y: x };
}

/** Inputs that have the batch in front; the others are weights. */
export function batchInputs({ case: name }: Case): readonly string[] {
  return name === "mlp" || name === "transformer" ? ["x", "y"] : ["xs", "xq", "ts", "tq", "ys", "yq"];
}

/** Whose gradients are asked for, as every peer reads it from the names. */
export function wanted({ case: name, settings }: Case): readonly string[] {
  const fed = Object.keys(shapesOf({ case: name, settings }));
  const data = name === "mlp" || name === "transformer" ? ["x", "y"] : ["ts", "tq", "ys", "yq"];
  return fed.filter((key) => !data.includes(key));
}

/** Random numbers for a case; weights are scaled by their fan-in, gains are about 1. */
export function arraysOf(of: Case): Arrays {
  const rng = createRng("bench/engine").split(JSON.stringify(of));
  const filled = Object.entries(shapesOf(of)).map(([name, shape]) => [
    name,
    { shape, data: fill(name, shape, rng) },
  ]);
  return Object.fromEntries(filled) as Arrays;
}

function fill(name: string, shape: readonly number[], rng: Rng): Float32Array {
  const own = rng.split(name);
  const weight = shape.length === 2 && name.startsWith("w");
  const scale = weight ? 1 / Math.sqrt(shape[0]!) : /^[bc]/.test(name) ? 0.1 : 1;
  const shift = name.startsWith("g") ? 1 : 0;
  const spread = name.startsWith("g") ? 0.1 : scale;
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => shift + spread * own.normal());
}
