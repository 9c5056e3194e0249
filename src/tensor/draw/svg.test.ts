import { expect, test } from "vitest";
import { add, constant, div, grad, input, matmul, mean, mul, relu, square, sub, toSvg } from "../index.ts";
import { buildGraph } from "../program.ts";

const x = input("x", [8, 4]);
const w = input("w", [4, 4]);
const loss = mean(square(sub(relu(matmul(x, w)), constant([1, 2, 3, 4]))));
const graph = buildGraph({ "x<1>": x, w }, { loss, g: grad(loss, { w }) });
const svg = toSvg({ graph });

const all = (pattern: RegExp): RegExpMatchArray[] => [...svg.matchAll(pattern)];

test("every operator has a box, every operand that is not a constant an arrow", () => {
  const operators = graph.nodes.filter(({ op }) => op.name !== "constant");
  const operands = operators.flatMap(({ inputs }) => inputs).filter(({ op }) => op.name !== "constant");
  expect(operators.length).toBeGreaterThan(8);
  expect(all(/<title>/g)).toHaveLength(operators.length);
  expect(all(/marker-end/g)).toHaveLength(operands.length);
});

test("names, shapes, constants and results are written, and what has a meaning in XML is not", () => {
  for (const text of ["x&#60;1&#62;", "matmul AᵀB", "sub constant [4]", "[4, 4] = g.w", "[] = loss"])
    expect(svg).toContain(`>${text}<`);
  expect(svg).not.toContain("x<1>");
});

test("a constant in front of the operand stands in front", () => {
  const picture = toSvg(buildGraph({ x }, { y: add(div(1, x), 3) }));
  expect(picture).toContain(">div(1, ·)<");
  expect(picture).toContain(">add 3<");
});

test("boxes do not overlap, lie inside the picture, and arrows go down", () => {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const boxes = all(/<\/title><rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g).map(
    (m) => m.slice(1).map(Number),
  ) as [number, number, number, number][];
  expect(boxes.length).toBeGreaterThan(8);
  boxes.forEach(([left, top, w1, h1], i) => {
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left + w1).toBeLessThanOrEqual(Number(width));
    expect(top + h1).toBeLessThanOrEqual(Number(height));
    for (const [otherLeft, otherTop, w2] of boxes.slice(i + 1))
      expect(top !== otherTop || left + w1 < otherLeft || otherLeft + w2 < left).toBe(true);
  });
  const lines = all(/<path d="M[\d.-]+ ([\d.-]+)C[^"]* ([\d.-]+)"/g);
  expect(lines.length).toBeGreaterThan(10);
  for (const [, from, to] of lines) expect(Number(from)).toBeLessThan(Number(to));
});

test("a long unrolled program is drawn in time that grows with its size", () => {
  let y = x;
  for (let i = 0; i < 300; i++) y = mul(add(y, x), 0.5 + i);
  const picture = toSvg(buildGraph({ x }, { y }));
  expect([...picture.matchAll(/<title>/g)]).toHaveLength(601);
  expect(picture.length).toBeLessThan(1e6);
});

test("a program of nothing is an empty picture", () => {
  expect(toSvg({ inputs: [], outputs: [], nodes: [] })).toMatch(/^<svg[^]*<\/svg>$/);
});
