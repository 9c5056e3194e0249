import { readdirSync } from "node:fs";
import * as tensor from "../src/tensor/index.ts";

const folder = new URL("../src/tensor/ops/", import.meta.url);

/** Names of the exported operators, found in their folder; but for `input`, which computes nothing. */
export async function operators(): Promise<string[]> {
  const files = readdirSync(folder).filter((file) => !file.endsWith(".test.ts"));
  const modules = await Promise.all(
    files.map((file) => import(new URL(file, folder).href) as Promise<object>),
  );
  const made = new Set(modules.flatMap((m): unknown[] => Object.values(m)));
  const exported = Object.entries(tensor).filter(([, f]) => typeof f === "function" && made.has(f));
  return exported.map(([name]) => name).filter((name) => name !== "input");
}
