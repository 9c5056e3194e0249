/**
 * Whether our ONNX and safetensors files mean the same elsewhere: `npm run bench:onnx`, with the
 * virtual environment of bench/peers (see requirements.txt). Python's onnxruntime runs the exported steps of every
 * learner and every row of the operators' table; we read ONNX's own tests of single operators.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resultsText } from "../src/evaluate/results.ts";
import { decodeTensors, encodeTensors } from "../src/tensor/safetensors/safetensors.ts";
import type { Job } from "./onnx/job.ts";
import { learnerJobs, runExample } from "./onnx/learners.ts";
import { nodeTests } from "./onnx/node-tests.ts";
import { operatorJobs } from "./onnx/operators.ts";
import { everyType } from "./onnx/tensors.ts";

interface Answers {
  readonly versions: Readonly<Record<string, string>>;
  readonly differences: Readonly<Record<string, number | null>>;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly bytes: string }>>;
}

const python = "bench/peers/.venv/bin/python";
const folder = mkdtempSync(join(tmpdir(), "foretaste-onnx-"));

function ask(jobs: readonly Job[]): Answers {
  for (const [name, bytes] of jobs.flatMap(({ programs }) => Object.entries(programs)))
    writeFileSync(join(folder, name), bytes);
  const plain = jobs.map(({ name, programs, feeds, wanted }) => ({
    name,
    files: Object.keys(programs),
    feeds,
    wanted,
  }));
  writeFileSync(join(folder, "jobs.json"), JSON.stringify(plain));
  writeFileSync(join(folder, "node.safetensors"), encodeTensors(everyType));
  execFileSync(python, ["bench/peers/check_onnx.py", folder], { stdio: "inherit" });
  return JSON.parse(
    readFileSync(join(folder, "answers.json"), "utf8").replaceAll("Infinity", "1e999"),
  ) as Answers;
}

/** Types whose bytes came back from Python as they went, and again from the file that it wrote. */
function tensorsAlike({ tensors }: Answers): number {
  const again = decodeTensors(readFileSync(join(folder, "python.safetensors")));
  const hex = (data: ArrayBufferView): string =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  const alike = Object.entries(everyType).filter(([name, { data, shape }]) => {
    const [there, back] = [tensors[name], again[name]];
    const shapes = [there?.shape.join(), back?.shape.join()].every((s) => s === shape.join());
    return shapes && there?.bytes === hex(data) && back !== undefined && hex(back.data) === hex(data);
  });
  return alike.length;
}

const [learners, operators] = [await learnerJobs(), await operatorJobs()];
const answers = ask([...learners, ...operators]);
const largest = (jobs: readonly Job[]): number =>
  Math.max(...jobs.map(({ name }) => answers.differences[name] ?? Number.NaN));
const worst = learners.reduce<Record<string, number>>((found, { name, group }) => {
  const gap = answers.differences[name] ?? Number.NaN;
  return { ...found, [group]: Math.max(found[group] ?? 0, gap) };
}, {});
const rows = [
  ...Object.entries(worst).map(([what, maxAbsDifference]) => ({
    what: `exported ${what}, adapt and score`,
    maxAbsDifference,
  })),
  { what: "the operators' table", files: operators.length, maxAbsDifference: largest(operators) },
  { what: "ONNX's own tests of single operators, imported", ...nodeTests(join(folder, "nodes")) },
  {
    what: "safetensors types, there and back",
    types: Object.keys(everyType).length,
    alike: tensorsAlike(answers),
  },
].map((row) => ({ ...row, peer: answers.versions }));
await runExample(python, folder);
rmSync(folder, { recursive: true });

const what = "ONNX and safetensors files written here, run and read in Python, and the other way round";
mkdirSync("bench/results", { recursive: true });
const command = "npm run bench:onnx";
writeFileSync("bench/results/onnx-interchange.json", resultsText({ what, command }, rows));
for (const { peer: _, ...row } of rows) console.log(JSON.stringify(row));
