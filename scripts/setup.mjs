// Installs what the lockfile names when it is not there yet. Depends on nothing but Node, so it runs in a fresh clone.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const oldestNode = 20;

/** What npm wrote last into `node_modules`, or nothing where an installation is missing or was interrupted. */
function installedPackages(root) {
  const stamp = join(root, "node_modules", ".package-lock.json");
  return existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")).packages : undefined;
}

/** Why `npm ci` is due, or `undefined` when every non-optional package of the lockfile is there in its exact version. */
function reasonToInstall(root) {
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = installedPackages(root);
  if (installed === undefined) return "nothing is installed yet";
  const differs = Object.keys(locked).find((path) => {
    const [want, have] = [locked[path], installed[path]];
    if (path === "" || (have === undefined && (want.optional || want.devOptional))) return false;
    return have?.version !== want.version || have?.integrity !== want.integrity;
  });
  return differs && `${differs.replace(/^.*node_modules\//, "")} is not the version of the lockfile`;
}

/** How many packages the lockfile holds for this platform. */
function countPackages(root) {
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const fits = ({ os, cpu }) =>
    (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);
  return Object.entries(locked).filter(([path, entry]) => path !== "" && fits(entry)).length;
}

/** Runs `npm ci` in `root`; Ctrl-C reaches npm too, and the returned exit code is npm's own. */
function npmCi(root) {
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ["npm", []];
  const child = spawn(
    command,
    [...args, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: "inherit",
      shell: !npm && process.platform === "win32",
      // Inference runs on the CPU libraries inside the package; without this its script downloads CUDA ones.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
    },
  );
  // A terminal signals npm by itself; this process only has to outlive it. A plain `kill` reaches this one alone.
  const onInterrupt = () => process.stdin.isTTY || child.kill("SIGINT");
  const onTerminate = () => child.kill("SIGTERM");
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
  return new Promise((done) => {
    child.on("error", (error) => {
      console.error(`setup: npm could not be started (${error.message})`);
      done(127);
    });
    child.on("close", (code, signal) => {
      process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
      done(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Sees to it that everything is installed. Returns an exit code; prints nothing when there is nothing to do. */
export async function setup(root) {
  if (Number(process.versions.node.split(".")[0]) < oldestNode) {
    console.error(
      `setup: expected Node ${oldestNode} or newer, got ${process.version}. See https://nodejs.org`,
    );
    return 1;
  }
  const reason = reasonToInstall(root);
  if (reason === undefined) return 0;
  console.error(`setup: installing ${countPackages(root)} packages with npm ci, because ${reason}`);
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  const tick = setInterval(() => console.error(`setup: still installing, ${seconds()} s`), 10_000);
  const code = await npmCi(root);
  clearInterval(tick);
  if (code === 0) console.error(`setup: done in ${seconds()} s`);
  else
    console.error(
      `setup: npm ci ended with code ${code}. Is the network there? The lines above say what it met.`,
    );
  return code;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
  process.exitCode = await setup(resolve(root));
}
