import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constant, type DType, importOnnx, type Tensor } from "../../src/tensor/index.ts";
import { evaluate } from "../../testing/reference.ts";
import type { Numbers } from "./job.ts";

interface Golden {
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly outputs: Readonly<Record<string, Numbers>>;
}

/** How many of ONNX's tests agree, are refused (an operator, type or mode that is not here), or come out differently. */
export function nodeTests(folder: string): { agree: number; refused: number; differ: readonly string[] } {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(".onnx") ? [file.slice(0, -5)] : []));
  const outcomes = names.map((name) => [name, outcomeOf(join(folder, name))] as const);
  const count = (outcome: string): number => outcomes.filter(([, found]) => found === outcome).length;
  const differ = outcomes.filter(([, found]) => found === "differs").map(([name]) => name);
  return { agree: count("agrees"), refused: count("refused"), differ };
}

/** First with inputs as inputs; then as constants, because theirs may be shapes. */
function outcomeOf(path: string): "agrees" | "refused" | "differs" {
  const golden = JSON.parse(readFileSync(`${path}.json`, "utf8")) as Golden;
  for (const constants of [false, true]) {
    try {
      return agrees(readFileSync(`${path}.onnx`), golden, constants) ? "agrees" : "differs";
    } catch {
      // Refused this way.
    }
  }
  return "refused";
}

const dtypeOf = (name: string): DType =>
  name === "bool" ? "bool" : /float/.test(name) ? "float32" : "int32";
const dataOf = ({ data }: Numbers): number[] => data.map((x) => Number(String(x).replace("inf", "Infinity")));

function agrees(bytes: Uint8Array, { inputs, outputs }: Golden, constants: boolean): boolean {
  const given = Object.entries(inputs);
  const shapes = Object.fromEntries(given.map(([name, { shape }]) => [name, shape]));
  const fixed = given.map(([name, x]) => [name, constant(dataOf(x), x.shape, dtypeOf(x.dtype))]);
  const model = importOnnx(
    bytes,
    constants ? { inputs: Object.fromEntries(fixed) as Record<string, Tensor> } : { shapes },
  );
  const feeds = new Map(
    Object.entries(model.inputs).map(([name, x]) => [x, dataOf(inputs[name] as Numbers)]),
  );
  return Object.entries(outputs).every(([name, wanted]) => {
    const output = model.outputs[name] as Tensor;
    const got = evaluate([output], feeds)[0] ?? new Float64Array();
    const tolerance = /16/.test(wanted.dtype) ? 2e-2 : 2e-3;
    const near = dataOf(wanted).every((w, i) => {
      const g = got[i] ?? Number.NaN;
      return Object.is(g, w) || g === w || Math.abs(g - w) <= tolerance * Math.max(1, Math.abs(w));
    });
    return near && output.shape.join() === wanted.shape.join();
  });
}
