import { ForetasteError } from "../../base/errors.ts";
import type { Attribute, OnnxFile, OnnxFunction, OnnxGraph, OnnxNode } from "../runtime/import-file.ts";
import type { HostArray, Tensor } from "../tensor.ts";
import { constantOf, fold } from "./fold.ts";
import { nameOf, type Scope, viewNode } from "./node-view.ts";
import { importerOf, similarOperators } from "./operators/table.ts";

export interface Running {
  readonly wanted: readonly string[];
  /** Numbers of leaves that are inputs only because they are trained. */
  readonly numbers: ReadonlyMap<Tensor, HostArray>;
  readonly file: OnnxFile;
}

type Body = Pick<OnnxGraph, "nodes">;

/** Runs the nodes that the wanted values need, in the order of the file. */
export function runNodes(
  { nodes }: Body,
  given: ReadonlyMap<string, Tensor>,
  running: Running,
): Map<string, Tensor> {
  const values = new Map(given);
  for (const node of needed(nodes, running.wanted)) {
    const results = runNode(node, values, running);
    node.outputs.forEach((name, i) => {
      const value = results[i];
      if (name !== "" && value !== undefined) values.set(name, fold(value));
    });
  }
  return new Map(running.wanted.map((name) => [name, valueOf(name, values)]));
}

function valueOf(name: string, values: ReadonlyMap<string, Tensor>): Tensor {
  const value = values.get(name);
  if (value !== undefined) return value;
  const parts = { where: "ONNX file", expected: `a node that makes "${name}"`, got: "none" };
  throw new ForetasteError("ARTEFACT", parts);
}

/** Nodes that a wanted value depends on. */
function needed(nodes: readonly OnnxNode[], wanted: readonly string[]): OnnxNode[] {
  const names = new Set(wanted);
  const used: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => names.has(name))) continue;
    used.push(node);
    for (const name of reads(node)) names.add(name);
  }
  return used.reverse();
}

/** What a node reads; its branches read from around it. */
function reads(node: OnnxNode): string[] {
  const graphs = [...node.attributes.values()].flatMap((a) => (a.kind === "graph" ? [a.value] : []));
  return [...node.inputs, ...graphs.flatMap(({ nodes, outputs }) => [...nodes.flatMap(reads), ...outputs])];
}

function runNode(node: OnnxNode, values: ReadonlyMap<string, Tensor>, running: Running): readonly Tensor[] {
  const { file } = running;
  const own = file.functions.get(`${node.domain}:${node.opType}`);
  if (own !== undefined) return runFunction(node, own, values, running);
  const importer = importerOf(node.domain, node.opType);
  const scope = scopeOf(node, values, running);
  const { view, checkAttributes } = viewNode(node, scope);
  if (node.domain === "" && node.opType === "If") return chooseBranch(view);
  if (importer === undefined) throw unsupported(node);
  try {
    const results = importer(view);
    checkAttributes();
    return "op" in results ? [results] : results;
  } catch (cause) {
    throw located(node, cause);
  }
}

function scopeOf(node: OnnxNode, values: ReadonlyMap<string, Tensor>, running: Running): Scope {
  return {
    values,
    opset: running.file.opsets.get(node.domain) ?? 0,
    numbersOf(tensor) {
      const simple = fold(tensor);
      if (simple.op.name === "constant") return (simple.attributes as { data: HostArray }).data;
      return running.numbers.get(tensor);
    },
    runBranch({ initialisers, outputs, nodes }) {
      const constants = initialisers.map((t) => [t.name, constantOf(t.data, t.shape, t.dtype)] as const);
      const inner = new Map([...values, ...constants]);
      return [...runNodes({ nodes }, inner, { ...running, wanted: outputs }).values()];
    },
  };
}

/** A condition that is known now chooses a branch. */
function chooseBranch(view: ReturnType<typeof viewNode>["view"]): readonly Tensor[] {
  return view.branch(view.known(0)[0] === 0 ? "else_branch" : "then_branch");
}

/** The nodes of the function with the caller's inputs and attributes in place. */
function runFunction(
  node: OnnxNode,
  { inputs, outputs, nodes, defaults }: OnnxFunction,
  values: ReadonlyMap<string, Tensor>,
  running: Running,
): readonly Tensor[] {
  const given = inputs.flatMap((name, i) => {
    const value = values.get(node.inputs[i] ?? "");
    return value === undefined ? [] : [[name, value] as const];
  });
  const attributes = new Map([...defaults, ...node.attributes]);
  const body = nodes.map((inner) => ({
    ...inner,
    name: `${node.name}/${inner.name}`,
    attributes: resolved(inner, attributes),
  }));
  try {
    return [...runNodes({ nodes: body }, new Map(given), { ...running, wanted: outputs }).values()];
  } catch (cause) {
    throw located(node, cause);
  }
}

/** Attributes that refer to one of the function; those it was not given are left out. */
function resolved(node: OnnxNode, outer: ReadonlyMap<string, Attribute>): Map<string, Attribute> {
  return new Map(
    [...node.attributes].flatMap(([name, value]) => {
      const found = value.kind === "reference" ? outer.get(value.value) : value;
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}

function unsupported(node: OnnxNode): ForetasteError {
  const similar = similarOperators(node.opType);
  const hint = similar.length === 0 ? "" : `Known are, among others, ${similar.join(", ")}. `;
  return new ForetasteError("ARTEFACT", {
    where: nameOf(node),
    expected: "an operator that has a counterpart here",
    got: `${node.opType}${node.domain === "" ? "" : ` of domain ${node.domain}`}`,
    hint: `${hint}With { outputs: [...] } only what those need is read.`,
  });
}

/** Errors of our own operators say nothing of the file: the node is put in front. */
function located(node: OnnxNode, cause: unknown): unknown {
  if (!(cause instanceof ForetasteError) || cause.parts.where.startsWith("node ")) return cause;
  return new ForetasteError(cause.code, {
    ...cause.parts,
    where: `${nameOf(node)}, ${cause.parts.where}`,
    cause,
  });
}
