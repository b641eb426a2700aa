import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Named } from '../named.ts';
import { token } from '../plugin.ts';
import type { ArrayType, NdArray, NdArrays } from './arrays.ts';
import type { Dataset, Preprocessing } from './dataset.ts';
import type { Network } from './objective.ts';
import type { StepFunction } from './runner.ts';
import type { Task } from './task.ts';

/** A node of a graph of TensorFlow's ops. */
export interface RecordedNode {
  readonly name: string;
  readonly op: string;
  /** Names of nodes; `name:1` for an output that is not their first one. */
  readonly inputs: readonly string[];
  /** In the JSON form of TensorFlow's NodeDef. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of what it gives, output by output. */
  readonly gives: readonly TensorType[];
  /** What a constant holds. */
  readonly content?: NdArray;
}

/** Type and shape of a tensor; 64-bit numbers count as int32. */
export interface TensorType {
  readonly dtype: ArrayType;
  readonly shape: readonly number[];
}

/** What a function of tensors computes, in TensorFlow's own ops. Each node comes after those whose values it takes. */
export interface RecordedGraph {
  readonly nodes: readonly RecordedNode[];
  /** Names of the nodes that are inputs and outputs, by theirs. */
  readonly inputs: Named<string>;
  readonly outputs: Named<string>;
}

/** Takes down what a function would compute of inputs of these shapes, float32; nothing runs. */
export type RecordGraph = (name: string, fn: StepFunction, inputs: Named<readonly number[]>) => RecordedGraph;

/** Where one may leave a network: what tells the classes there, and when to believe it. */
export interface ExportedExit {
  /** The tap's that it hangs on; `end` of the network's own classifier. */
  readonly name: string;
  /** From the tap's map to logits [B, C], each takes what the one before it gives; none at the end. */
  readonly classifier: readonly LayersModel[];
  /** What its logits are divided by, so that probabilities fit. */
  readonly temperature: number;
  /** An image leaves here whose likeliest class has at least this probability; above 1 where none leaves. 0 at the end. */
  readonly threshold: number;
  /** Of an image that leaves here, with the classifiers on the way. */
  readonly multiplyAdds: number;
  /** From the map of its tap, of the last one at the end, to how much an image is like training images there [B, 1]. */
  readonly inside: LayersModel;
}

/** A network's early exits, shallow to deep, and its end. */
export interface ExportedExits {
  readonly early: readonly ExportedExit[];
  readonly end: ExportedExit;
  /** The mean of all taps' scores that 95 % of validation images have at least. */
  readonly insideFrom: number;
}

/** A trained network, as other programs shall use it: without heads, or with those that are its exits. */
export interface ExportRequest {
  readonly network: Pick<Network, 'backbone' | 'head'>;
  readonly task: Task;
  readonly dataset: Pick<Dataset, 'classes'> &
    Preprocessing & {
      /** Height and width in pixels of the images that what is written takes; it crops and normalises them by itself. */
      readonly size: readonly [number, number];
    };
  /** Where files go; made where it is not there. */
  readonly folder: string;
  /** Early exits that are wanted too; only formats that say so are given them. */
  readonly exits?: ExportedExits;
  /** Where the engine can do it: for formats that hold graphs of ops. */
  readonly record?: RecordGraph;
  /** Images by which activations are rounded to 8 bits; only formats that say so are given them. */
  readonly calibration?: Calibration;
}

/** Images that are like those a network will see, and what runs it on them. */
export interface Calibration {
  /** How many there are. */
  readonly images: number;
  /** Pixels 0…255, float32 [B, H, W, 3], at most `batch` at once. */
  read(batch: number): AsyncIterable<NdArray>;
  readonly savedModel: OpenSavedModel;
  /** Is told how far long work with them is. */
  readonly tell?: ((done: number, total: number, what: string) => void) | undefined;
}

/** What was written. */
export interface Exported {
  /** Paths; the one that is opened comes first. */
  readonly files: readonly string[];
  /** What goes in and comes out, and what reads it, in a line for people. */
  readonly about: string;
  /** Names of what comes out, in order. */
  readonly outputs?: readonly string[];
}

/** Names of a SavedModel's tensors, by what its signature calls them. */
export interface ModelSignature {
  readonly inputs: Named<string>;
  readonly outputs: Named<string>;
  /** How many images it takes at once; any number where nothing is said. */
  readonly batch?: number;
}

/** Loads a SavedModel into TensorFlow, with one input. */
export type OpenSavedModel = (folder: string, signature: ModelSignature) => Promise<OpenedExport>;

/** An exported file to be run. */
export interface OpenRequest extends Pick<Exported, 'files' | 'outputs'> {
  /** Where the engine can do it: for what TensorFlow itself runs. */
  readonly savedModel?: OpenSavedModel;
  /** The tfjs backend on which tfjs's own files run; the active one where nothing is said. */
  readonly backend?: string;
}

/** What is known before anything is written. */
export interface RuntimeRequest {
  /** Whether the engine can run a SavedModel. Errors: `runtime-missing`. */
  readonly savedModel?: () => Promise<void>;
  /** Absent where it is not made yet. */
  readonly network?: Pick<ExportRequest, 'network' | 'task' | 'dataset'> | undefined;
}

/** An exported file in the program that it was written for. */
export interface OpenedExport {
  /** What runs it, with its version, for people. */
  readonly runtime: string;
  /** How many images it takes at once; any number where nothing is said. */
  readonly batch?: number;
  /** Pixels 0…255, float32 [B, H, W, 3] → outputs by name. */
  run(pixels: NdArray): Promise<NdArrays>;
  close(): Promise<void>;
}

/** A way to write a trained network for other programs. */
export interface ExportFormat {
  readonly name: string;
  /** Whether it writes a network's early exits. */
  readonly takesExits?: boolean;
  /** Whether it rounds activations by the images of a calibration. */
  readonly takesCalibration?: boolean;
  /**
   * How far what its files give may lie from what the network gives, as a share of the largest number of an output; 1e-4 where nothing
   * is said, null where weights are rounded so much that accuracy is what tells.
   */
  readonly within?: number | null;
  write(request: ExportRequest): Promise<Exported>;
  /**
   * Looks, before anything is written, whether `open` will find what it needs. Errors: `runtime-missing`, as of `open`. Absent where it
   * always does.
   */
  checkRuntime?(request: RuntimeRequest): Promise<void>;
  /** Runs what was written. Errors: `runtime-missing`, which says what to install. Absent where a file holds nothing that runs. */
  open?(request: OpenRequest): Promise<OpenedExport>;
}
export const EXPORT_FORMAT = token<ExportFormat>('export-format');
