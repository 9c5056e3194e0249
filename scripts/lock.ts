// Completes package-lock.json: a registry mirror that lacks the binaries of other platforms makes npm leave them out of
// the lockfile, and `npm ci` then refuses it everywhere. They are named here in the exact version their parent pins.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export type LockedPackages = Readonly<Record<string, Locked>>;

/** What `scripts/lock.ts` reads of a lockfile. */
interface Lockfile {
  readonly packages: LockedPackages;
}

const systems = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
  "aix",
];
const processors = [
  "arm64",
  "arm",
  "x64",
  "ia32",
  "ppc64",
  "riscv64",
  "s390x",
  "loong64",
  "mips64el",
  "wasm32",
];
const oddNames: Readonly<Record<string, string>> = {
  windows: "win32",
  x86: "ia32",
  ppc64le: "ppc64",
  armhf: "arm",
};

/** Where a binary package runs, read off its name: `binding-linux-arm64-musl`. Absent fields mean anywhere. */
function platform(name: string): Pick<Locked, "os" | "cpu" | "libc"> {
  const words = name.split(/[-/]/).map((word) => oddNames[word] ?? word);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.some((word) => word.startsWith("gnu"))
      ? ["glibc"]
      : [];
  return {
    ...(os.length > 0 && { os }),
    ...(cpu.length > 0 && { cpu }),
    ...(libc.length > 0 && os.includes("linux") && { libc }),
  };
}

/** The optional packages that are pinned by a locked package but have no entry of their own. */
export function missingOptional(packages: LockedPackages): Record<string, Locked> {
  const missing: Record<string, Locked> = {};
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (!/^\d/.test(version)) continue;
      if (Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))) continue;
      const dev = parent.dev === true ? { dev: true } : {};
      missing[`node_modules/${name}`] = { version, ...dev, optional: true, ...platform(name) };
    }
  }
  return missing;
}

if (process.argv[1] === import.meta.filename) {
  const path = join(import.meta.dirname, "../package-lock.json");
  const lockfile = JSON.parse(readFileSync(path, "utf8")) as Lockfile;
  const missing = missingOptional(lockfile.packages);
  const packages = Object.entries({ ...lockfile.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    path,
    `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(packages) }, null, 2)}\n`,
  );
  console.log(`package-lock.json: ${Object.keys(missing).length} packages of other platforms added`);
}
