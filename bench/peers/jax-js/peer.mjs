// The benchmark's peer in @jax-js/jax (WebAssembly; one thread on Node). JSON lines, as bench/peers/peer.py.
// jax-js counts references by hand: a function consumes its arguments, `.ref` keeps one for later.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import {
  blockUntilReady,
  defaultDevice,
  grad,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from "@jax-js/jax";

const HEADS = 4;
const WEIGHTS = {
  maml: ["w0", "b0", "w1", "b1", "w2", "b2"],
  anil: ["w0", "b0", "w1", "b1", "w2", "b2"],
  bayes: ["w0", "b0", "w1", "b1"],
  mlp: ["w0", "b0", "w1", "b1", "w2", "b2"],
  transformer: "wq bq wk bk wv bv wo bo wf bf wg bg g0 c0 g1 c1".split(" "),
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const linear = (x, w, b) => np.matmul(x, w).add(b);
// Row by row: one float32 sum over 131072 values is off in the fifth digit.
const mse = (score, y) => np.mean(np.mean(np.square(score.sub(y)), -1));

function trunk(p, x) {
  return nn.relu(linear(nn.relu(linear(x, p.w0, p.b0)), p.w1, p.b1));
}

/** [..., rows, 64] -> [..., rows] */
function head(p, h) {
  return np.squeeze(linear(h, p.w2, p.b2), -1);
}

const score = (p, x) => head(p, trunk(p, x));
const scoreLoss = (p, x, y) => mse(score(p, x), y);
const headLoss = (p, h, y) => mse(head(p, h), y);

/** A copy of shared weights for each task: [in, out] -> [T, in, out], [out] -> [T, 1, out]. */
function perTask(p, tasks) {
  return tree.map((w) => {
    const [out, fanIn = 1] = [...w.shape].reverse();
    return np.broadcastTo(w.reshape([1, fanIn, out]), [tasks, fanIn, out]);
  }, p);
}

/** Inner SGD on weights with a leading task axis. `x` is closed over: grad() stops gradients into its other
 * arguments. Tasks are batched by hand, as the gradient of vmap(grad) is wrong in 0.1.25. */
function adapt(shared, loss, [x, y], { tasks, steps, rate }) {
  let fast = perTask(shared, tasks);
  for (let step = 0; step < steps; step++) {
    const total = (weights) => loss(weights, x.ref, y.ref).mul(tasks);
    fast = tree.map((w, g) => w.sub(g.mul(rate)), fast, grad(total)(tree.ref(fast)));
  }
  x.dispose();
  y.dispose();
  return fast;
}

const META_LOSS = {
  maml: (p, [xs, ys, xq, yq], settings) => scoreLoss(adapt(p, scoreLoss, [xs, ys], settings), xq, yq),
  anil: ({ w2, b2, ...shared }, [xs, ys, xq, yq], settings) => {
    const features = trunk(tree.ref(shared), xs);
    const fast = adapt({ w2, b2 }, headLoss, [features, ys], settings);
    return headLoss(fast, trunk(shared, xq), yq);
  },
  bayes: (p, [xs, ys, xq, yq]) => {
    const phi = trunk(tree.ref(p), xs);
    const transposed = np.transpose(phi.ref, [0, 2, 1]);
    const b = np.matmul(transposed.ref, np.expandDims(ys, -1));
    const l = lax.linalg.cholesky(np.eye(phi.shape[2]).add(np.matmul(transposed, phi)));
    const half = lax.linalg.triangularSolve(l.ref, b, { leftSide: true, lower: true });
    const m = lax.linalg.triangularSolve(l, half, { leftSide: true, lower: true, transposeA: true });
    return mse(np.squeeze(np.matmul(trunk(p, xq), m), -1), yq);
  },
};

function layerNorm(x, gain, shift) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(gain)
    .add(shift);
}

/** [B, N, heads, width]; nn.dotProductAttention needs iterator helpers, which Node 20 lacks. */
function dotProductAttention(q, k, v) {
  const scale = 1 / Math.sqrt(q.shape.at(-1));
  const logits = np.matmul(np.transpose(q, [0, 2, 1, 3]), np.transpose(k, [0, 2, 3, 1])).mul(scale);
  return np.transpose(np.matmul(nn.softmax(logits, -1), np.transpose(v, [0, 2, 1, 3])), [0, 2, 1, 3]);
}

function attention(p, a) {
  const { shape } = a;
  const split = [...shape.slice(0, -1), HEADS, shape.at(-1) / HEADS];
  const q = linear(a.ref, p.wq, p.bq).reshape(split);
  const k = linear(a.ref, p.wk, p.bk).reshape(split);
  const v = linear(a, p.wv, p.bv).reshape(split);
  return linear(dotProductAttention(q, k, v).reshape(shape), p.wo, p.bo);
}

function transformer(p, x) {
  const x1 = x.ref.add(attention(p, layerNorm(x, p.g0, p.c0)));
  const f = nn.gelu(linear(layerNorm(x1.ref, p.g1, p.c1), p.wf, p.bf), { approximate: false });
  return x1.add(linear(f, p.wg, p.bg));
}

/** (wanted, rest) -> loss, both objects of arrays. */
function lossFunction({ case: name, settings }) {
  if (name === "transformer") return (p, { x, y }) => mse(transformer(p, x), y);
  if (name === "mlp") return (p, { x, y }) => scoreLoss(p, x, y);
  return ({ xs, xq, ...p }, { ys, yq, ts, tq }) => {
    const support = ts ? np.concatenate([xs, ts], -1) : xs;
    const query = tq ? np.concatenate([xq, tq], -1) : xq;
    return META_LOSS[name](p, [support, ys, query, yq], settings);
  };
}

function readSafetensors(path) {
  const raw = readFileSync(path);
  const start = 8 + Number(raw.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(raw.toString("utf8", 8, start));
  const array = ({ shape, data_offsets: [from, to] }) =>
    np.array(new Float32Array(new Uint8Array(raw.subarray(start + from, start + to)).buffer)).reshape(shape);
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => [name, array(entry)]));
}

function pick(arrays, names) {
  return Object.fromEntries(names.filter((name) => name in arrays).map((name) => [name, arrays[name]]));
}

function prepare(config) {
  const arrays = readSafetensors(config.data);
  const meta = config.case in META_LOSS;
  const text = config.settings.text > 0;
  const want = pick(arrays, [...WEIGHTS[config.case], ...(meta ? ["xs", "xq"] : [])]);
  const rest = pick(arrays, meta ? ["ys", "yq", ...(text ? ["ts", "tq"] : [])] : ["x", "y"]);
  const gradient = valueAndGrad(lossFunction(config));
  // jit has no triangular solve in 0.1.25 ("routine primitive triangular_solve input is not imm").
  const run = config.case === "bayes" ? gradient : jit(gradient);
  return () => blockUntilReady(run(tree.ref(want), tree.ref(rest)));
}

async function norm(array) {
  return Math.sqrt((await array.data()).reduce((sum, value) => sum + value * value, 0));
}

async function timed(step) {
  const start = performance.now();
  const result = await step();
  return [result, performance.now() - start];
}

async function ready(step) {
  const [[loss, grads], compile_ms] = await timed(step);
  const checks = {};
  for (const [name, array] of Object.entries(grads)) checks[name] = await norm(array);
  const { version } = JSON.parse(
    readFileSync(new URL("node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
  );
  say({ ready: true, compile_ms, loss: (await loss.data())[0], checks, version });
}

async function timeSteps(step, count) {
  const ms = [];
  for (let index = 0; index < count; index++) {
    const [result, time] = await timed(step);
    ms.push(time);
    tree.dispose(result);
  }
  return ms;
}

const { values } = parseArgs({ options: { case: { type: "string" } } });
const config = JSON.parse(readFileSync(values.case, "utf8"));
await init("wasm");
defaultDevice("wasm");
const step = prepare(config);
await ready(step);
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.stop) break;
  say({ ms: await timeSteps(step, order.run) });
}
process.stdout.write(`${JSON.stringify({ peak_mb: process.resourceUsage().maxRSS / 1024 })}\n`, () =>
  process.exit(0),
);
