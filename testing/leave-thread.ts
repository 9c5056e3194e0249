// Run as its own process: leaves a program in a worker thread behind. "pending" ends when there is nothing left to do,
// "exit" in the middle of long runs.
import { compile, input, matmul, mul, type Tensor } from "../src/tensor/index.ts";

if (process.argv.includes("exit")) {
  const x = input("x", [512, 512]);
  let y: Tensor = x;
  for (let i = 0; i < 20; i++) y = matmul(y, x);
  const program = await compile({ x }, { y }, { offThread: true });
  const runs = [1, 2, 3].map(() => program.run({ x: new Float32Array(512 * 512) }));
  process.stdout.write("asked ");
  setTimeout(() => process.exit(0), 20);
  await Promise.all(runs);
  process.stdout.write("and was not ended");
} else {
  const x = input("x", [2]);
  const program = await compile({ x }, { y: mul(x, 2) }, { offThread: true });
  process.stdout.write("asked ");
  void program
    .run({ x: Float32Array.of(1, 2) })
    .then(({ y }) => process.stdout.write(`${[...y].join(" ")}\n`));
}
