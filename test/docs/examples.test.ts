import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** What an excerpt takes as known. */
const prelude: Readonly<Record<string, string>> = {
  "docs/onnx.md": `
    import { compile, grad, importOnnx, input, mean, square, sub } from "foretaste/tensor";
    declare const [bytes, x, wanted]: [Uint8Array, Float32Array, Float32Array];
    const target = input("target", [32, 1]);`,
};

/** The fenced TypeScript of a page as one module that imports the sources. */
function moduleOf(page: string): string {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
  return [prelude[page] ?? "", ...blocks]
    .join("\n")
    .replaceAll(/from "foretaste(\/\w+)?"/g, (_, folder: string | undefined) => {
      return `from ${JSON.stringify(join(root, "src", folder ?? "", "index.ts"))}`;
    });
}

/** What the compiler says of a file, as a stranger has it: strict, and no more. */
function complaints(file: string): string[] {
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
  });
  const all = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
  return all.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretaste-docs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(page: string): string {
  const file = join(folder, `${page.replaceAll(/\W/g, "-")}.mts`);
  writeFileSync(file, moduleOf(page));
  return file;
}

describe("the code in the documentation", () => {
  test.each(["README.md", "docs/onnx.md", "docs/tensor-engine.md"])("of %s compiles", (page) => {
    const file = written(page);
    expect(readFileSync(file, "utf8")).toContain("import ");
    expect(complaints(file)).toEqual([]);
  });

  test("of docs/tensor-engine.md runs and prints what it says", async () => {
    const file = written("docs/tensor-engine.md");
    const said = [...readFileSync(file, "utf8").matchAll(/console\.log\(.*\/\/ => (.*)$/gm)].map(
      ([, x]) => x,
    );
    expect(said.length).toBeGreaterThan(3);
    const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, file], {
      timeout: 60_000,
    });
    expect(stdout.trimEnd().split("\n")).toEqual(said);
  });
});
