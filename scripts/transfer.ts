// Writes the measured parts of docs/transfer.md and its figures from bench/results; with --check, says whether they are up
// to date. Everything outside of the markers is written by hand, by several hands.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFigure } from "../src/evaluate/figures/draw.ts";
import { type CompressResults, compressSection } from "./transfer/compress.ts";
import { type CrossDomainResults, crossDomainSection } from "./transfer/cross-domain.ts";
import { type FineTuneResults, fineTuneSection } from "./transfer/fine-tune.ts";
import { type FusionResults, fusionSection } from "./transfer/fusion.ts";
import { type KnowledgeResults, knowledgeSection } from "./transfer/knowledge.ts";
import { measuredSection, scenarioFigures, type TransferResults } from "./transfer/page.ts";
import { type PretrainedResults, pretrainedSection } from "./transfer/pretrained.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/transfer.md");

/** A results file; nothing where it was not measured yet. */
function resultsOf<R>(name: string): R | undefined {
  const file = join(root, `bench/results/${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as R) : undefined;
}

/** The page with the text between the markers of a name replaced. */
function withSection(text: string, name: string, section: string | undefined): string {
  const markers = new RegExp(`(<!-- ${name}: written by [^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!markers.test(text)) throw new Error(`docs/transfer.md: expected the markers of "${name}"`);
  const none = "Not measured yet.";
  return text.replace(markers, (_, start: string, end: string) => `${start}${section ?? none}\n${end}`);
}

const transfer = resultsOf<TransferResults>("transfer");
const pretrained = resultsOf<PretrainedResults>("pretrained");
const crossDomain = resultsOf<CrossDomainResults>("cross-domain");
const compress = resultsOf<CompressResults>("compress");
const knowledge = resultsOf<KnowledgeResults>("knowledge");
const fusion = resultsOf<FusionResults>("fusion");
const fineTune = resultsOf<FineTuneResults>("fine-tune");
const before = readFileSync(page, "utf8");
const sections: readonly (readonly [name: string, section: string | undefined])[] = [
  ["transfer", transfer && measuredSection(transfer)],
  ["pretrained", pretrained && pretrainedSection(pretrained)],
  ["cross-domain", crossDomain && crossDomainSection(crossDomain)],
  ["compress", compress && compressSection(compress)],
  ["fine-tune", fineTune && fineTuneSection(fineTune)],
  ["fusion", fusion && fusionSection(fusion)],
  ["knowledge", knowledge && knowledgeSection(knowledge)],
];
const after = sections.reduce((text, [name, section]) => withSection(text, name, section), before);
if (process.argv.includes("--check")) {
  if (before !== after) {
    console.error("docs/transfer.md: expected what bench/results says. Run `npm run docs:transfer`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, after);
  mkdirSync(join(root, "docs/figures"), { recursive: true });
  for (const figure of transfer === undefined ? [] : scenarioFigures(transfer))
    writeFileSync(join(root, `docs/figures/${figure.name}.svg`), await drawFigure(figure));
}
