import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { EngineRow } from "./page.ts";

/** How many times faster than each peer, a line a row, on a logarithmic axis; to the left of 1 the peer is faster. */
export async function speedChart(rows: readonly EngineRow[]): Promise<string> {
  const values = rows
    .filter((row) => row.case !== "ceilings")
    .map(({ row, threads, peer, ratio }) => ({
      row,
      peer,
      ratio,
      threads: `${threads} thread${threads === 1 ? "" : "s"}`,
    }));
  const spec: TopLevelSpec = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    background: "white",
    config: {
      font: "system-ui, sans-serif",
      axis: { labelLimit: 0, titleFontWeight: "normal" },
      legend: { title: null },
    },
    data: { values },
    facet: { column: { field: "threads", title: null } },
    spec: {
      width: 330,
      height: { step: 22 },
      layer: [
        { mark: { type: "rule", color: "#888" }, encoding: { x: { datum: 1 } } },
        {
          mark: { type: "point", filled: true, size: 70, opacity: 0.85 },
          encoding: {
            x: {
              field: "ratio",
              type: "quantitative",
              scale: { type: "log" },
              title: "times as long as ours",
            },
            y: { field: "row", type: "nominal", sort: null, title: null },
            color: { field: "peer", type: "nominal", sort: null },
            shape: { field: "peer", type: "nominal", sort: null },
          },
        },
      ],
    },
  };
  return new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
}
