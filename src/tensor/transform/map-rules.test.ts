import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { buildSteps, randomProgram } from "../../../testing/random-program.ts";
import { evaluate } from "../../../testing/reference.ts";
import { type TensorCase, tensorCases } from "../../../testing/tensor-cases/index.ts";
import { inputsLike, type Literal, type Value, valueOf } from "../../../testing/tensor-literal.ts";
import { add, grad, input, map, square, sum, type Tensor } from "../index.ts";

const TASKS = 3;

type Named = Readonly<Record<string, Tensor>>;

/** The same literal for another task: floats keep their signs, whole numbers change places. */
function ofTask(literal: Literal, task: number): Value {
  const { shape, data, dtype } = valueOf(literal);
  const numbers = Array.from(data);
  const moved = numbers.map((_, i) => numbers[(i + task) % numbers.length] ?? 0);
  return { shape, dtype, data: dtype === "float32" ? numbers.map((x) => x * (1 + task / 4)) : moved };
}

const tasks = Array.from({ length: TASKS }, (_, i) => i);

/** Mapped over the named values only, the others shared, against one evaluation a task. */
function compareMapped(
  row: Pick<TensorCase, "values">,
  over: readonly string[],
  f: (inputs: Named) => Named,
): void {
  const single: Named = inputsLike(row.values);
  const stacks: Named = Object.fromEntries(
    over.map((name) => [name, input(name, [TASKS, ...single[name]!.shape], single[name]!.dtype)]),
  );
  const mapped = map((task: Named) => f({ ...single, ...task }), stacks);
  const plain = f(single);
  const [names, roots] = [Object.keys(plain), Object.values<Tensor>(mapped)];
  const feedsOf = (task: number): [Tensor, ArrayLike<number>][] =>
    Object.entries(single).map(([name, x]) => [
      x,
      ofTask(row.values[name] ?? 0, over.includes(name) ? task : 0).data,
    ]);
  const stackFeeds = over.map((name): [Tensor, number[]] => [
    stacks[name]!,
    tasks.flatMap((task) => Array.from(ofTask(row.values[name] ?? 0, task).data)),
  ]);
  const got = evaluate(roots, new Map([...feedsOf(0), ...stackFeeds]));
  const wanted = tasks.map((task) => evaluate(Object.values(plain), new Map(feedsOf(task))));
  names.forEach((name, i) => {
    const all = wanted.flatMap((results) => Array.from(results[i] ?? []));
    expect(roots[i]?.shape, name).toEqual([TASKS, ...(plain[name]?.shape ?? [])]);
    expect(misses(got[i] ?? [], all, 1e-9), name).toEqual([]);
  });
}

/** Result, first derivatives and derivatives of these. */
function withDerivatives(row: TensorCase): (inputs: Named) => Named {
  return (inputs) => {
    const result = row.build(inputs);
    const floats = Object.fromEntries(Object.entries(inputs).filter(([, x]) => x.dtype === "float32"));
    if (row.order === 0 || result.dtype !== "float32" || Object.keys(floats).length === 0) return { result };
    const first: Named = grad(sum(square(result)), floats);
    const lengths = Object.values(first).map((g) => sum(square(g)));
    const second: Named = grad(
      lengths.reduce((a, b) => add(a, b)),
      floats,
    );
    const prefixed = (prefix: string, tree: Named): [string, Tensor][] =>
      Object.entries(tree).map(([name, x]) => [`${prefix} ${name}`, x]);
    return { result, ...Object.fromEntries([...prefixed("first", first), ...prefixed("second", second)]) };
  };
}

describe("map over a stack is the stack of single results, and so are its derivatives", () => {
  test.each(tensorCases.filter((row) => Object.keys(row.values).length > 0))("$op: $what", (row) => {
    const names = Object.keys(row.values);
    const f = withDerivatives(row);
    compareMapped(row, names, f);
    if (names.length > 1) for (const name of names) compareMapped(row, [name], f);
  });
});

test("random programs mapped over some of their inputs are the stack of single runs, gradients too", () => {
  const property = fc.property(randomProgram, fc.boolean(), fc.nat(14), (program, kinks, mask) => {
    const f = (inputs: Named): Named => {
      const outputs = buildSteps(program, inputs, { kinks });
      const first = outputs[0]!;
      const gradients: Named = kinks ? {} : grad(sum(outputs.at(-1)!), inputs);
      return { first, last: outputs.at(-1)!, ...gradients };
    };
    const over = Object.keys(program.values).filter((_, i) => ((mask + 1) >> i) % 2 === 1);
    compareMapped(program, over, f);
  });
  fc.assert(property, { seed: 4, numRuns: 100 });
});
