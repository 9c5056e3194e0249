import { readdir, readFile } from "node:fs/promises";
import { basename, join, parse } from "node:path";
import { ForetasteError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { Cli } from "../cli.ts";

/** Images that are in memory at one time. */
const AT_ONCE = 32;

/**
 * Vectors of all PNG and JPEG files of a folder, by an exported encoder. The names of the files, without their endings,
 * are the ids.
 *
 * @throws NOT_FOUND when there is no image; DATA when one cannot be read; CANCELLED
 */
export async function imageVectors(
  folder: string,
  options: { readonly encoder: string; readonly threads: number },
  { context: { progress, signal } }: Cli,
): Promise<{ readonly ids: string[]; readonly vectors: Matrix }> {
  const names = await imagesOf(folder);
  const { decodeImage, onnxImageEncoder } = await import("../../encoders/index.ts");
  const { encoder: place, threads } = options;
  const encoder = await onnxImageEncoder(place, { name: basename(place), threads });
  const quiet = { progress: silentProgress, ...(signal && { signal }) };
  const data = new Float32Array(names.length * encoder.width);
  const report = progress.start(encoder.name, names.length);
  try {
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const some = names.slice(start, start + AT_ONCE).map((name) => join(folder, name));
      const images = await Promise.all(some.map(async (path) => decodeImage(await readFile(path), path)));
      data.set((await encoder.embed(images, quiet)).data, start * encoder.width);
      report.update(start + some.length);
    }
  } finally {
    report.finish();
    await encoder.release();
  }
  return { ids: names.map((name) => parse(name).name), vectors: { data, width: encoder.width } };
}

async function imagesOf(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  const names = all.filter((file) => /\.(png|jpe?g)$/i.test(file)).sort();
  if (names.length > 0) return names;
  const got = `none in ${folder}`;
  throw new ForetasteError("NOT_FOUND", { where: "--images", expected: "PNG or JPEG files", got });
}
