import type { Clock } from "../base/clock.ts";
import type { RunContext } from "../base/progress.ts";
import type { Recommender } from "../serve/recommender.ts";
import type { CompareOptions } from "../train/compare/compare-systems.ts";
import type { DataConfig, TrainConfig } from "../train/config.ts";
import type { TransferRequest } from "../train/transfer/run-transfer.ts";
import type { TuneOptions } from "../train/tune/tune-system.ts";

/** What a long command hands back: lines for the person, and the same as data for a script. */
export interface Report {
  readonly text: string;
  readonly data: unknown;
}

/** A run that shows its results one after the other. */
export interface PrintingContext extends RunContext {
  print(text: string): void;
  /** True where the text may be coloured. */
  readonly colours: boolean;
}

/** A run whose results say when they were made. */
export interface TimedContext extends RunContext {
  readonly clock: Clock;
}

export interface DemoOptions {
  /** Folder of MovieTweetings; searched for when absent. */
  readonly data?: string;
  readonly seed: number;
  /** Folder of saved models. */
  readonly models: string;
}

export interface EvaluationOptions {
  /** Folder of the saved model. */
  readonly model: string;
  /** What of the data is elsewhere, or called otherwise, than when the model was trained. */
  readonly data?: Partial<DataConfig>;
  /** Absent: the shots of the protocol. */
  readonly shots?: readonly number[];
}

export interface TransferOptions extends TransferRequest {
  /** Folder for the report; none is written when absent. */
  readonly output?: string;
  /** The command that does it again, for the report. */
  readonly command: string;
}

/** The heavy parts behind the commands, each loaded when it is first used so that `--help` is instant. */
export interface Engine {
  loadRecommender(path: string): Promise<Recommender>;
  runDemo(options: DemoOptions, ctx: PrintingContext): Promise<Report>;
  runTraining(config: TrainConfig, ctx: RunContext): Promise<Report>;
  runEvaluation(options: EvaluationOptions, ctx: RunContext): Promise<Report>;
  runComparison(options: CompareOptions, ctx: TimedContext): Promise<Report>;
  runTransfer(options: TransferOptions, ctx: TimedContext): Promise<Report>;
  runTuning(options: TuneOptions, ctx: RunContext): Promise<Report>;
}
