import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { token, type Spec } from '../plugin.ts';
import type { Seed } from '../random.ts';
import type { NdArrays } from './arrays.ts';
import type { Named } from '../named.ts';
import type { Backbone } from './backbone.ts';
import type { TargetKind, Targets } from './dataset.ts';
import type { Workers } from './workers.ts';

/** A stream of samples that a step sees: its batch, in so many views. */
export interface Stream {
  readonly name: string;
  readonly batch: number;
  /** Images in an epoch's last batch, where that is smaller. */
  readonly lastBatch?: number;
  readonly views: number;
  /** Whether the step sees what is known of its images. */
  readonly labelled: boolean;
}

/** Selects rows of a stacked batch; the first stream and all of its views where nothing is said. */
export interface Select {
  readonly stream?: string;
  readonly view?: number;
}

/** Passed on to every layer of a model's call. */
export interface CallArgs {
  readonly training: boolean;
  /** Seed of this step for random layers, [2] int32. */
  readonly seed?: Tensor1D;
  /** Batch norm uses the batch's statistics but leaves its running averages as they are (a teacher in training mode). */
  readonly keepStatistics?: boolean;
  /** Batch norm normalises by the batches of all of these; by its own where absent. */
  readonly workers?: Workers;
  /** Rows that count among those that batch norm sees, where some only fill a worker's share up. */
  readonly counted?: CountedRows;
}

export interface CountedRows {
  /** 1 where a row counts, else 0, [R] float32. */
  readonly own: Tensor1D;
  /** How many count, of all workers. */
  readonly total: number;
}

/** What the network made of a step's images. Rows: streams in order, in each all of view 1, then all of view 2, … */
export interface Forward {
  /** Normalised images [R, H, W, 3]. */
  readonly images: Tensor4D;
  /** A map [R, h, w, c] per tap, shallow to deep. */
  readonly taps: readonly Tensor4D[];
  /** Pooled feature [R, D]. */
  readonly pooled: Tensor2D;
  /** What the task puts out, by name: `logits` [R, C] of a classifier. */
  readonly outputs: Named<Tensor>;
}

/** Everything that an objective sees in one step. */
export interface StepContext extends Forward {
  readonly streams: readonly Stream[];
  /**
   * What is known of the rows of a stream and view, as `rows` selects them, moved with each view's images. Errors:
   * `no-target` where the stream has none of that name.
   */
  readonly target: (name: string, select?: Select) => Tensor;
  /** Positions of a stream's batch in its dataset [B] int32, for memory banks. */
  readonly positions: (stream?: string) => Tensor1D;
  /** The rows of a stacked tensor that belong to a stream and view. */
  readonly rows: <T extends Tensor>(stacked: T, select?: Select) => T;
  /** What the objective's `feed` gave for this step. */
  readonly fed: Named<Tensor>;
  readonly call: CallArgs;
  /** Epoch as a fraction, [] float32. */
  readonly epoch: Scalar;
  /** 0-based step, [] float32. */
  readonly step: Scalar;
  /**
   * Where several steps make one update of the weights: updates done before, [] float32, and whether this step makes one, []
   * bool. Absent where each step does.
   */
  readonly grouped?: { readonly updates: Scalar; readonly applies: Tensor };
  /**
   * Who else has rows of this step's batch: for `gatherRows`. Nobody where one process trains, or where all their rows are
   * shown here.
   */
  readonly workers: Workers;
}

/** One term of the loss, not yet weighted. */
export interface Term {
  readonly value: Scalar;
  readonly weight: number | Scalar;
}

/** What a task continues the backbone with; kept at inference. */
export interface TaskHead {
  /** From the backbone's maps, shallow to deep, and its pooled feature to the outputs. */
  readonly model: LayersModel;
  /** Names of the outputs, in the model's order. */
  readonly outputs: readonly string[];
  /** Those that objectives alone look at. */
  readonly inner: readonly string[];
}

/** A backbone with what the task puts on it, and the modules (heads) that objectives trained beside it. */
export interface Network {
  readonly backbone: Backbone;
  /** Absent where the backbone's own classifier is the output `logits`. */
  readonly head?: TaskHead | undefined;
  /** By `<objective>/<module>`. */
  readonly modules: Named<LayersModel>;
  /** Modules that embed a tap's map, by the same names, with the tap's name. */
  readonly embeds?: Named<string>;
  /** What tells the task's classes from taps' maps, by the same names. */
  readonly classifies?: readonly TapClassifier[];
}

/** Modules that tell the task's classes from a tap's map: each takes what the one before it gives, the last gives logits [B, C]. */
export interface TapClassifier {
  readonly tap: string;
  readonly modules: readonly string[];
}

/** A teacher from a weights file, with the projection heads that lie in it: its architecture must be told. */
export interface WeightsSource {
  /** File of weights: safetensors, or what `torch.save` wrote. */
  readonly weights: string;
  /** Backbone that the weights are of. */
  readonly backbone: Spec;
  /** Projection head that the file's heads are of; the released code's, `sepconv`, where absent. */
  readonly head?: Spec | undefined;
  /** Whose names the file has; found by them where absent. */
  readonly names?: string | undefined;
  /** What stands before the names in the file; found by itself where absent. */
  readonly prefix?: string | undefined;
  /** Classes that it tells apart; the student's where absent. */
  readonly classes?: number | undefined;
}

/** Where a teacher comes from: a run's folder or one of its checkpoints, a weights file, or the student's own average. */
export type TeacherSource = { readonly run: string } | WeightsSource | { readonly ema: number };

/** What the student sees: a teacher is built for the same, and for the same task where it is read from a file. */
export interface TeacherRequest {
  readonly classes: number;
  readonly size: readonly [number, number];
}

/** One view of a stream whose augmentations draw nothing: each image looks the same in every epoch. */
export interface FixedView {
  /** Samples of the stream, which its positions count. */
  readonly length: number;
  /** Normalised images [n, H, W, 3] at positions; the caller disposes of them. */
  read(positions: readonly number[]): Promise<Tensor4D>;
}

/** What an objective can build on. */
export interface BuildContext {
  readonly backbone: Backbone;
  readonly size: readonly [number, number];
  readonly streams: readonly Stream[];
  /** The task's name, for messages. */
  readonly task: string;
  /** Targets that the task learns, with their kind: what its outputs tell of an image. */
  readonly learns?: Named<TargetKind>;
  /** What is known of the samples of labelled streams, by name. */
  readonly targets: Targets;
  /** Shapes of what the network puts out, by name, without the batch. */
  readonly outputs: Named<readonly number[]>;
  /** Classes of all training samples [N], where each has one: for memory banks and their negatives. */
  readonly trainLabels?: Int32Array;
  /** Names of the dataset's classes, in the order of their labels. */
  readonly classNames?: readonly string[];
  readonly seed: Seed;
  /** Loads a teacher; its weights are not trained. Whoever loads it frees it, in `dispose`. */
  teacher(source: TeacherSource): Promise<Network>;
  /** A view of a stream where it is fixed, or the name of the augmentation that draws at random in it. */
  readonly fixedView?: (stream: string, view: number) => FixedView | string;
  /** Another network like this one, with weights of its own that begin alike: what an average of the student lives in. */
  readonly twin?: () => Pick<Network, 'backbone' | 'head'>;
  /** What the task puts on the backbone, where that is not its own classifier. */
  readonly head?: TaskHead | undefined;
}

/** Which samples a step is about to see, for objectives that feed numbers of their own. */
export interface BatchInfo {
  readonly step: number;
  readonly epoch: number;
  readonly positions: Named<Int32Array>;
  /** What is known of labelled streams' batches, by stream and name. */
  readonly targets: Named<NdArrays>;
  readonly seed: Seed;
}

/** What an objective makes of a step. */
export interface StepTerms {
  /** Terms of the loss by name. */
  readonly terms: Named<Term>;
  /** Tensors for `update`, which comes after the weights have changed; the trainer frees them. */
  readonly carry?: Named<Tensor>;
}

export interface BuiltObjective {
  /** Modules trained with the backbone and dropped at inference, by name. */
  readonly modules: Named<LayersModel>;
  /** Modules that embed the map of a tap, and its name: heads that other methods may look for. */
  readonly embeds?: Named<string>;
  /** What tells the classes from a tap: a finished run can keep it as an early exit. */
  readonly classifies?: readonly TapClassifier[];
  /** Variables that the objective changes itself (queues, banks, averages), by name; saved in checkpoints. */
  readonly state?: Named<Variable>;
  /** Numbers for the next step, drawn on the CPU; shapes stay the same from step to step. */
  readonly feed?: (batch: BatchInfo) => NdArrays;
  /**
   * What it is shown where several workers train. `own`: the rows of its own worker; the trainer takes the mean of its terms
   * over workers, and what needs the others' rows it gathers (`gatherRows`). Where absent: the rows of all workers, which is
   * right for any objective, and computed by each worker.
   */
  readonly rows?: 'own';
  /** Pure tensor ops. */
  readonly terms: (context: StepContext) => StepTerms;
  /** Assigns `state` after the weights were updated; `carry` is what `terms` handed over. */
  readonly update?: (context: StepContext, carry: Named<Tensor>) => void;
  /** Frees what is not a module's or the state's: teachers, say. */
  dispose?(): void;
}

/** Adds terms to the loss. */
export interface Objective {
  readonly name: string;
  /** Views of each image that it needs where a config names none; 1 by default. */
  readonly views?: number;
  /** Set of views that it was made for, by name: `sskd`, `fixmatch`. The usual ones where absent. */
  readonly viewSet?: string;
  /** Streams to which these two apply, by name; all by default. */
  readonly viewStreams?: readonly string[];
  build(context: BuildContext): BuiltObjective | Promise<BuiltObjective>;
}
export const OBJECTIVE = token<Objective>('objective');
