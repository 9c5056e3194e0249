import type { Graph } from "../backend.ts";
import { nodeCost } from "../cost.ts";
import { isInline, kindOf, numbersOf, outputNames, settingsOf, shortCount } from "../describe.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import { layOut, type Point } from "./layout.ts";

/** Colours by kind of operator, and what the kinds are called in the legend. */
const KINDS = {
  input: { colour: "#cfe3ff", ops: ["input", "constant"] },
  "matrix product": { colour: "#ffd2a8", ops: ["matmul", "inverseSpd"] },
  reduction: { colour: "#e3d4fb", ops: ["sum", "max", "min", "topK", "argMax", "scatterAdd"] },
  "moves data": {
    colour: "#e6e6e6",
    ops: "reshape expand transpose slice pad concat gather takeAlong cast".split(" "),
  },
  "element-wise": { colour: "#d3efd2", ops: [] as string[] },
} as const;

const LAYER = 74;
const BOX = 38;
const MARGIN = 20;
const LEGEND = 34;
const LETTER = 7;

/**
 * A picture of a program: one box for each operator with the shape of its result, arrows from what it reads, coloured by
 * kind. Constants stand in the box that uses them; pointing at a box tells dtype, operations and settings.
 *
 * @param program compiled, or its graph
 * @returns a stand-alone SVG document
 * @example await writeFile("step.svg", toSvg(program));
 */
export function toSvg(program: Graph | { readonly graph: Graph }): string {
  const graph = "graph" in program ? program.graph : program;
  const drawn = graph.nodes.filter((x) => x.op.name !== "constant" || outputNames(graph, x).length > 0);
  const index = new Map(drawn.map((node, i) => [node, i]));
  const cards = drawn.map((node) => cardOf(node, graph));
  const from = drawn.map((node) => node.inputs.flatMap((x) => index.get(x) ?? []));
  const layout = layOut(cards.map(({ width }, i) => ({ width, from: from[i]! })));
  const width = Math.max(layout.width + 2 * MARGIN, legendWidth());
  const height = layout.layers * LAYER + 2 * MARGIN + LEGEND;
  const isBox = new Set(layout.at);
  const trunks = layout.trunks.filter((path) => path.length > 1).map((path) => curve(path, isBox));
  const arrows = layout.arrows.map((path) => curve(path, isBox));
  const boxes = cards.map((card, i) => box(card, layout.at[i]!));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#8a8f98"/></marker></defs>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    legend(),
    `<g fill="none" stroke="#8a8f98" stroke-width="1.2">${[...trunks, ...arrows].join("")}</g>`,
    ...boxes,
    "</svg>",
  ].join("\n");
}

interface Card {
  readonly lines: readonly [what: string, shape: string];
  readonly tip: string;
  readonly colour: string;
  readonly result: boolean;
  readonly width: number;
}

function cardOf(node: Tensor, graph: Graph): Card {
  const names = outputNames(graph, node);
  const name = graph.inputs.find(([, tensor]) => tensor === node)?.[0];
  const what = name ?? titleOf(node);
  const lines = [what, [formatShape(node.shape), ...names.map((n) => `= ${n}`)].join(" ")] as const;
  const cost = `${shortCount(nodeCost(node).flops)} floating-point operations`;
  const tip = [`${node.op.name} ${kindOf(node)}`, ...settingsOf(node), cost].join("\n");
  const width = Math.max(...lines.map((line) => line.length)) * LETTER + 18;
  return { lines, tip, colour: colourOf(node), result: names.length > 0, width };
}

/** The operator with its constant operands: `add 1`, `div(1, ·)`. */
function titleOf(node: Tensor): string {
  const constants = node.inputs.map((x) => {
    if (x.op.name !== "constant") return undefined;
    return isInline(x) ? numbersOf(x) : `constant ${formatShape(x.shape)}`;
  });
  const title = matmulSign(node) ?? node.op.name;
  const first = constants[0] !== undefined && constants.includes(undefined);
  if (first) return `${title}(${constants.map((x) => x ?? "·").join(", ")})`;
  return [title, ...constants.filter((x) => x !== undefined)].join(" ");
}

/** Which side of a product is read transposed. */
function matmulSign(node: Tensor): string | undefined {
  if (node.op.name !== "matmul") return undefined;
  const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
  return `matmul A${transposeA ? "ᵀ" : ""}B${transposeB ? "ᵀ" : ""}`;
}

function colourOf(node: Tensor): string {
  const kinds: readonly { readonly colour: string; readonly ops: readonly string[] }[] = Object.values(KINDS);
  return (kinds.find(({ ops }) => ops.includes(node.op.name)) ?? KINDS["element-wise"]).colour;
}

const yOf = (layer: number): number => MARGIN + LEGEND + layer * LAYER + BOX / 2;
const round = (x: number): number => Math.round(x * 10) / 10;

function box({ lines, tip, colour, result, width }: Card, { x, layer }: Point): string {
  const [cx, y] = [round(x + MARGIN), yOf(layer)];
  const border = result ? `stroke="#1f2937" stroke-width="2"` : `stroke="#8a8f98"`;
  const rect = `<rect x="${round(cx - width / 2)}" y="${y - BOX / 2}" width="${width}" height="${BOX}" rx="6" fill="${colour}" ${border}/>`;
  const [what, shape] = lines.map(escape);
  const text = `<text x="${cx}" y="${y - 3}" text-anchor="middle" font-weight="600">${what}</text><text x="${cx}" y="${y + 12}" text-anchor="middle" fill="#4b5563" font-size="11">${shape}</text>`;
  return `<g><title>${escape(tip)}</title>${rect}${text}</g>`;
}

/** A smooth line (Catmull and Rom 1974), upright where it meets a box; it ends in a tip if it ends in a box. */
function curve(path: readonly Point[], isBox: ReadonlySet<Point>): string {
  const last = path.length - 1;
  const points = path.map((point, i) => {
    const edge = isBox.has(point) ? (i === 0 ? BOX / 2 : -BOX / 2 - 1) : 0;
    return { x: point.x + MARGIN, y: yOf(point.layer) + edge };
  });
  const slope = (i: number): { x: number; y: number } => {
    const [before, after] = [points[Math.max(i - 1, 0)]!, points[Math.min(i + 1, last)]!];
    const ends = i === 0 || i === last;
    return ends ? { x: 0, y: LAYER / 4 } : { x: (after.x - before.x) / 6, y: (after.y - before.y) / 6 };
  };
  const pieces = points.slice(1).map((to, i) => {
    const [at, out, into] = [points[i]!, slope(i), slope(i + 1)];
    const numbers = [at.x + out.x, at.y + out.y, to.x - into.x, to.y - into.y, to.x, to.y];
    return `C${numbers.map(round).join(" ")}`;
  });
  const tip = isBox.has(path[last]!) ? ` marker-end="url(#tip)"` : "";
  return `<path d="M${round(points[0]!.x)} ${round(points[0]!.y)}${pieces.join("")}"${tip}/>`;
}

const legendItems = (): { name: string; colour: string; x: number }[] => {
  let x = MARGIN;
  return Object.entries(KINDS).map(([name, { colour }]) => {
    const item = { name, colour, x };
    x += name.length * LETTER + 40;
    return item;
  });
};
const legendWidth = (): number => legendItems().reduce((_, { x, name }) => x + name.length * LETTER + 40, 0);

function legend(): string {
  return legendItems()
    .map(
      ({ name, colour, x }) =>
        `<rect x="${x}" y="14" width="14" height="14" rx="3" fill="${colour}" stroke="#8a8f98"/><text x="${x + 20}" y="25">${name}</text>`,
    )
    .join("");
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
