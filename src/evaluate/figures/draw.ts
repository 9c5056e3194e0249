import type { Figure } from "./figure.ts";

/**
 * A figure as SVG. Vega is loaded when the first one is drawn.
 *
 * @example await writeFile("leaderboard.svg", await drawFigure(figure));
 */
export async function drawFigure({ spec }: Figure): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec: compiled } = compile(spec as Parameters<typeof compile>[0]);
  const view = new View(parse(compiled), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
