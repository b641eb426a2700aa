import { token } from '../plugin.ts';
import type { AbsentClasses, LeftOut, SplitName } from './dataset.ts';

/** What a run trains and is measured on. */
export interface DataDescription {
  /** The dataset's name. */
  readonly dataset: string;
  /** How many classes. */
  readonly classes: number;
  /** What these are, where an image may have several of them or none. */
  readonly classesAre?: 'labels';
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Training images whose labels are used, where that is a share of them. */
  readonly labelled?: number;
  /** Where splits come from that are not a part of the source by themselves. */
  readonly origins: Readonly<Partial<Record<SplitName, string>>>;
  readonly leftOut: readonly LeftOut[];
  /** Splits with images of some classes and none of others. */
  readonly absent?: readonly AbsentClasses[];
  /** Of a resumed run: what differs from the data that it began with. */
  readonly changed?: readonly string[];
}

export interface StartEvent {
  readonly type: 'start';
  readonly run: string;
  readonly engine: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Step that comes next: 0, or where a resumed run goes on. */
  readonly step: number;
  /** Trainable numbers of the exported network, and of the heads that are dropped. */
  readonly parameters: { readonly inference: number; readonly heads: number };
  /** Units of metrics that are no fractions, by name. */
  readonly units?: Readonly<Record<string, string>>;
  /** Numbers of metrics that have no place in a line of an epoch: see `Metric.details` and `briefly`. */
  readonly details?: readonly string[];
  /** Absent in what earlier versions told. */
  readonly data?: DataDescription;
}

/** What one of several workers does, as a mean of some steps. */
export interface WorkerSpeed {
  /** Of its own images, a second of the time in which it neither waits for data nor for sums: what its processor does. */
  readonly imagesPerSecond: number;
  /** Fraction of its time spent waiting for data. */
  readonly waiting: number;
  /** Fraction of its time in sums over the workers that no computing hides, waiting for slower workers included. */
  readonly inSums: number;
}

export interface StepEvent {
  readonly type: 'step';
  /** 0-based. */
  readonly step: number;
  readonly epoch: number;
  /** Sum of all weighted terms. */
  readonly loss: number;
  /** Terms by `<objective>/<term>`, not weighted. */
  readonly terms: Readonly<Record<string, number>>;
  readonly rate: number;
  /** Euclidean norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** Of this step alone; a view does not count as an image. */
  readonly imagesPerSecond: number;
  /** Fraction of the step's time spent waiting for data. */
  readonly waiting: number;
  /** Of all workers, by rank, where several train: now and then, a mean of the steps before. */
  readonly workers?: readonly WorkerSpeed[];
}

export interface EpochEvent {
  readonly type: 'epoch';
  /** 0-based epoch that has ended. */
  readonly epoch: number;
  readonly step: number;
  /** Means of the epoch's loss and terms. */
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  /** On the split that chooses the best checkpoint. */
  readonly metrics: Readonly<Record<string, number>>;
  /** That split, where it is not `validation`. */
  readonly split?: 'test';
  readonly best: boolean;
  readonly seconds: number;
  /** Of all workers, by rank, where several train: a mean over the epoch. */
  readonly workers?: readonly WorkerSpeed[];
}

export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly name: 'last' | 'best';
  readonly step: number;
}

export interface DoneEvent {
  readonly type: 'done';
  readonly step: number;
  /** True where an abort stopped the run early; it can be resumed. */
  readonly aborted: boolean;
  /** Metrics of the last and of the best weights on validation and test. Absent after an abort. */
  readonly result?: RunResult;
  readonly seconds: number;
}

export interface RunResult {
  readonly selectOn: 'validation' | 'test';
  readonly bestEpoch: number;
  readonly last: SplitMetrics;
  readonly best: SplitMetrics;
}
export interface SplitMetrics {
  readonly validation: Readonly<Record<string, number>>;
  readonly test: Readonly<Record<string, number>>;
}

/** Everything that a run tells, in order. */
export type RunEvent = StartEvent | StepEvent | EpochEvent | CheckpointEvent | DoneEvent;

/** Listens; nothing flows back. */
export interface Reporter {
  report(event: RunEvent): void | Promise<void>;
  close?(): void | Promise<void>;
}
export const REPORTER = token<Reporter>('reporter');

/** A section of a run's report; what it is, @understory/report says. */
export const REPORT_SECTION = token<unknown>('report-section');
