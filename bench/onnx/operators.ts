import { compile } from "../../src/tensor/index.ts";
import { tensorCases } from "../../testing/tensor-cases/index.ts";
import { hostArrayOf, inputsLike, valueOf } from "../../testing/tensor-literal.ts";
import { type Job, numbersOf } from "./job.ts";

/** Every row of the operators' table as a file, and what it gives in Node. */
export async function operatorJobs(): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const [i, row] of tensorCases.entries()) {
    const inputs = inputsLike(row.values);
    const result = row.build(inputs);
    const program = await compile(inputs, { result });
    const feeds = Object.fromEntries(Object.entries(row.values).map(([k, v]) => [k, hostArrayOf(v)]));
    const out = await program.run(feeds);
    const values = Object.entries(row.values).map(([name, literal]) => {
      const { shape, dtype, data } = valueOf(literal);
      return [name, numbersOf(shape, dtype, Array.from(data))] as const;
    });
    jobs.push({
      name: `${i} ${row.op}: ${row.what}`,
      group: "operators",
      programs: { [`operator-${i}.onnx`]: program.toOnnx() },
      feeds: Object.fromEntries(values),
      wanted: { result: numbersOf(result.shape, result.dtype, out.result) },
    });
    await program.release();
  }
  return jobs;
}
