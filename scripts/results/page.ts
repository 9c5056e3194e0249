import { type ElicitationRow, elicitationTables } from "./elicitation.ts";

/** A results file of `bench/results`. */
export interface Results {
  readonly what: string;
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly node: string;
  };
  readonly rows: readonly Row[];
}

type Row = Readonly<Record<string, unknown>>;

/** The results files the page is written from. */
export interface AllResults {
  readonly melu: Results;
  readonly coldUsers: Results;
  readonly adapt: Results;
  readonly ablation: Results;
  readonly elicitation: Results;
}

const intro = `# Results

The [leaderboard](leaderboard.md) has every system on every protocol, and is newer than the first two tables here; what is only
here: a Bayes head that knows no totals, what regularisation and questions buy, and the time of one answer.

Written by \`npm run docs:results\` from the files in \`bench/results\`; no figure here is typed. Brackets hold 95 % bootstrap
intervals over people. MAE compares expected ratings, clipped to the scale, for every system alike; \`mae_rounded\` rounds the
same predictions to whole numbers first, which lowers the absolute error of any system on a scale of whole numbers and
therefore stands apart. \`ndcg_exp@3\` ranks the query set, \`ndcg_binary@10\` the whole catalogue.`;

/** The text of `docs/results.md`. */
export function resultsPage({ melu, coldUsers, adapt, ablation, elicitation }: AllResults): string {
  const sections = [
    section("MeLU's protocol on MovieLens-1M", melu, meluTables(melu.rows)),
    section("Cold users in time on MovieTweetings", coldUsers, coldTables(coldUsers.rows)),
    section("What regularisation and data buy", ablation, ablationTable(ablation.rows)),
    section(
      "Which question to ask a newcomer",
      elicitation,
      elicitationTables(elicitation.rows as unknown as readonly ElicitationRow[]),
    ),
    section("Fitting one person and ranking a catalogue", adapt, adaptLines(adapt.rows)),
  ];
  return `${[intro, ...sections].join("\n\n")}\n`;
}

function section(title: string, { what, command, commit, date, machine }: Results, body: string): string {
  const { cpu, cores, memoryGb, node } = machine;
  const where = `${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}`;
  return `## ${title}\n${what}. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${where}.\n\n${body}`;
}

/** "On minus off" of every switch that was measured; what does not reach zero is set in bold. */
function ablationTable(rows: readonly Row[]): string {
  const columns = [
    ["cold-user", "mae"],
    ["cold-user", "ndcg_exp@3"],
    ["cold-item", "mae"],
    ["cold-item", "ndcg_exp@3"],
  ];
  const cell = (own: readonly Row[], state: string, metric: string): string => {
    const row = own.find((one) => one["state"] === state && one["metric"] === metric);
    if (row === undefined) return "";
    const [low, high] = [Number(row["low"]), Number(row["high"])];
    const text = Number(row["difference"]).toFixed(4);
    const marked = low > 0 || high < 0 ? `**${text}**` : text;
    return `${marked} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
  };
  const lines = distinct(rows, "system").flatMap((system) =>
    distinct(rows, "switch").flatMap((name) => {
      const own = rows.filter((row) => row["system"] === system && row["switch"] === name);
      return own.length === 0
        ? []
        : [[`${system}`, `${name}`, ...columns.map(([state = "", metric = ""]) => cell(own, state, metric))]];
    }),
  );
  return table(["learner", "on minus off", ...columns.map((pair) => pair.join(" "))], lines);
}

const states = ["cold-user", "cold-item", "both-cold"];

function meluTables(rows: readonly Row[]): string {
  const systems = distinct(rows, "system");
  const main = ["mae", "mae_rounded", "ndcg_exp@3"].map((metric) => {
    const cells = systems.map((system) => [
      system,
      ...states.map((state) => figure(rows, { system, state, shots: "all", metric })),
    ]);
    return table([metric, ...states], cells);
  });
  return [...main, ...curves(rows, systems), costs(rows, systems)].join("\n\n");
}

/** Error and ranking by the number of support events, for cold users. */
function curves(rows: readonly Row[], systems: readonly string[]): string[] {
  const own = rows.filter((row) => row["state"] === "cold-user");
  const shots = distinct(own, "shots");
  if (shots.length < 2) return [];
  return ["mae", "ndcg_exp@3"].map((metric) => {
    const measured = systems.filter((system) => find(own, { system, shots: shots[0], metric }) !== undefined);
    const cells = measured.map((system) => [
      system,
      ...shots.map((k) => figure(own, { system, shots: k, metric })),
    ]);
    return `Cold users by shots, ${metric}:\n\n${table(["system", ...shots.map(String)], cells)}`;
  });
}

function coldTables(rows: readonly Row[]): string {
  const quality = rows.filter((row) => row["shots"] !== undefined && row["baseline"] === undefined);
  const shots = distinct(quality, "shots");
  const systems = distinct(quality, "system");
  const metrics = ["ndcg_binary@10", "mae"].map((metric) => {
    const measured = systems.filter((system) => !Number.isNaN(mean(find(quality, { system, metric }))));
    const cells = measured.map((system) => [
      system,
      ...shots.map((k) => figure(quality, { system, shots: k, metric })),
    ]);
    return table([metric, ...shots.map((k) => `${k} shots (${people(quality, k)})`)], cells);
  });
  return [hindsight, ...metrics, against(rows), costs(rows, systems)].join("\n\n");
}

const hindsight = `The protocol hides people, not the calendar: training holds events later than a request, and systems that count totals
over training know of them (popularity, item kNN and EASE in part, and the Bayes head). \`bayes-head-causal\` is the Bayes head
without totals and like weights; its candidates and embeddings still come from the whole of training, and the baselines keep their totals.`;

function people(rows: readonly Row[], shots: unknown): string {
  const row = find(rows, { shots, metric: "ndcg_binary@10" });
  return row === undefined ? "–" : `${Number(row["tasks"])} people`;
}

/** Paired differences of each learner from the best baseline of its column. */
function against(rows: readonly Row[]): string {
  const pairs = rows.filter((row) => row["baseline"] !== undefined && row["metric"] === "ndcg_binary@10");
  const cells = pairs.map((row) => [
    String(row["system"]),
    String(row["shots"]),
    String(row["baseline"]),
    `${interval(row)}${row["star"] === true ? " *" : ""}`,
  ]);
  const title =
    "Against the best baseline of each column, paired bootstrap over the same people (* p < .05):";
  return `${title}\n\n${table(["system", "shots", "best baseline", "difference in ndcg_binary@10"], cells)}`;
}

function costs(rows: readonly Row[], systems: readonly string[]): string {
  const kinds = ["train_seconds", "peak_mb"].filter((metric) => find(rows, { metric }) !== undefined);
  const cells = systems.map((system) => [
    system,
    ...kinds.map((metric) => {
      const value = mean(find(rows, { system, metric }));
      return Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 1 : 0);
    }),
  ]);
  return table(["system", ...kinds], cells);
}

function adaptLines(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const setting = Object.entries(row["setting"] as object)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ");
      const [median, p99] = [Number(row["medianMs"]), Number(row["p99Ms"])];
      return `- ${String(row["workload"])} (${setting}), ${String(row["threads"])} thread: median ${median.toFixed(2)} ms, 99th percentile ${p99.toFixed(2)} ms`;
    })
    .join("\n");
}

function find(rows: readonly Row[], wanted: Row): Row | undefined {
  return rows.find((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));
}

function distinct(rows: readonly Row[], key: string): string[] {
  const found = new Set(rows.map((row) => row[key]).filter((value) => value !== undefined));
  return [...found] as string[];
}

const mean = (row: Row | undefined): number => (typeof row?.["mean"] === "number" ? row["mean"] : Number.NaN);

function figure(rows: readonly Row[], wanted: Row): string {
  const row = find(rows, wanted);
  return Number.isNaN(mean(row)) || row === undefined ? "–" : interval(row);
}

function interval(row: Row): string {
  const show = (key: string): string => Number(row[key]).toFixed(3);
  return `${show("mean")} [${show("low")}, ${show("high")}]`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
