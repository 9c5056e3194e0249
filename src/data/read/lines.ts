import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";

/** One line without its end. `valid` is false where the bytes are not in the stated encoding. */
export type LineSink = (text: string, line: number, valid: boolean) => void;

const newline = 0x0a;

/**
 * Reads a text file line by line, in constant memory: `\n` and `\r\n` end a line, in any mixture; a byte order mark is
 * skipped. Bytes that are no valid utf-8 spoil their own line only.
 *
 * @throws ForetasteError NOT_FOUND, CANCELLED
 */
export async function readLines(
  path: string,
  encoding: "utf-8" | "latin-1",
  sink: LineSink,
  ctx: RunContext,
): Promise<void> {
  const size = await sizeOf(path);
  const task = ctx.progress.start(`reading ${path.split(/[\\/]/u).at(-1)}`, size);
  const source = createReadStream(path, { highWaterMark: 1 << 20 });
  const stream: Readable = path.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  const emit = lineEmitter(encoding, sink);
  let rest: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (ctx.signal?.aborted) throw cancelled(path);
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      emit(Buffer.concat([...rest, chunk.subarray(0, end)]));
      rest = [];
    }
    rest.push(chunk.subarray(end));
    task.update(source.bytesRead);
  }
  emit(Buffer.concat(rest));
  task.finish();
}

export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new ForetasteError("NOT_FOUND", { where: path, expected: "a file", got: "none", cause });
  }
}

function cancelled(path: string): ForetasteError {
  return new ForetasteError("CANCELLED", { where: path, expected: "to read it to its end", got: "a stop" });
}

/** Decodes blocks of whole lines; only a block with a broken line is decoded line by line. */
function lineEmitter(encoding: "utf-8" | "latin-1", sink: LineSink): (block: Buffer) => void {
  const label = encoding === "latin-1" ? "latin1" : "utf-8";
  const strict = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder(label, { ignoreBOM: true });
  let line = 0;
  const give = (text: string, valid: boolean): void => {
    line++;
    const start = line === 1 && text.startsWith("\uFEFF") ? 1 : 0;
    sink(text.slice(start, text.endsWith("\r") ? -1 : undefined), line, valid);
  };
  return (block) => {
    const whole = decodeOr(strict, block);
    if (whole !== undefined) {
      for (const text of splitLines(whole)) give(text, true);
      return;
    }
    for (const bytes of splitBytes(block)) {
      const text = decodeOr(strict, bytes);
      give(text ?? lenient.decode(bytes), text !== undefined);
    }
  };
}

function decodeOr(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The end of the last line starts no further one. */
function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function* splitBytes(block: Buffer): Generator<Buffer> {
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(newline, start);
    yield block.subarray(start, end < 0 ? block.length : end);
    start = end < 0 ? block.length : end + 1;
  }
}
