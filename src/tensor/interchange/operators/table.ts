import { classical } from "./classical.ts";
import { elementwise } from "./elementwise.ts";
import { fusedProduct, layers } from "./layers.ts";
import { pieces } from "./pieces.ts";
import { reductions } from "./reductions.ts";
import type { Importer, Rows } from "./row.ts";
import { shapes } from "./shapes.ts";

const onnx: Rows = { ...elementwise, ...reductions, ...shapes, ...pieces, ...layers };
/** What onnxruntime's own optimiser writes. */
const microsoft: Rows = {
  FusedMatMul: fusedProduct,
  Gelu: onnx.Gelu as Importer,
  SimplifiedLayerNormalization: onnx.RMSNormalization as Importer,
};

const domains: Readonly<Record<string, Rows>> = {
  "": onnx,
  "com.microsoft": microsoft,
  "ai.onnx.ml": classical,
};

export function importerOf(domain: string, opType: string): Importer | undefined {
  const rows = Object.hasOwn(domains, domain) ? domains[domain] : undefined;
  return rows !== undefined && Object.hasOwn(rows, opType) ? rows[opType] : undefined;
}

/** The known operators whose names are most like this one, nearest first. */
export function similarOperators(opType: string, count = 5): string[] {
  const wanted = pairsOf(opType);
  const likeness = (name: string): number => {
    const pairs = pairsOf(name);
    return (2 * [...pairs].filter((pair) => wanted.has(pair)).length) / Math.max(1, pairs.size + wanted.size);
  };
  const scored = Object.keys(onnx).map((name) => ({ name, score: likeness(name) }));
  const near = scored.filter(({ score }) => score > 0.25).sort((a, b) => b.score - a.score);
  return near.slice(0, count).map(({ name }) => name);
}

/** Pairs of neighbouring letters. */
function pairsOf(name: string): Set<string> {
  const lower = name.toLowerCase();
  return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, i) => lower.slice(i, i + 2)));
}
