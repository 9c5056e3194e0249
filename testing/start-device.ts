// Run as its own process, because a device without its driver may end the process: compiles for each device named
// and says in one line what happened.
import { compile, type Device, input, mul } from "../src/tensor/index.ts";

const x = input("x", [2]);

async function start(device: Device): Promise<string> {
  const program = await compile({ x }, { y: mul(x, 2) }, { device });
  return `started ${(await program.run({ x: Float32Array.of(1, 2) })).y.join(" ")}`;
}

for (const device of process.argv.slice(2)) {
  process.stdout.write(`${await start(device as Device).catch(String)}\n`);
}
