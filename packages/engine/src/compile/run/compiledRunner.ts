import type { Variable } from '@tensorflow/tfjs-core';
import {
  alone,
  unknownName,
  type NdArray,
  type Runner,
  type StepFunction,
  type StepOptions,
  type Workers,
} from '@understory/core';
import { clusterOf, type Cluster } from '../../cluster/cluster.ts';
import { joinCluster, type Membership } from '../../cluster/server.ts';
import { clusterWorkers } from '../../cluster/workers.ts';
import { threadCount } from '../../link/threads.ts';
import { Definitions } from '../graph/definitions.ts';
import { GraphBuilder } from '../graph/graphBuilder.ts';
import { ownAddon, type Native } from '../graph/native.ts';
import { VariableStore } from '../graph/variableStore.ts';
import { passesFor, PRECISIONS, rewritesFor, type Precision } from '../target.ts';
import { nativeBackend } from '../trace/internals.ts';
import { Passages } from '../trace/passages.ts';
import type { Notice } from '../trace/traceContext.ts';
import { compiledStep, type CompiledStep, type StepParts } from './compiledStep.ts';
import { Session } from './session.ts';
import { sessionConfig, type GraphOptimizers } from './sessionConfig.ts';
import { VariableValues } from './variableValues.ts';

export interface CompiledRunnerOptions {
  /** Threads within an op (default: all that `loadEngine` chose) and of ops side by side (default: the process's). */
  readonly threads?: { readonly intra?: number; readonly inter?: number };
  /** Shapes of inputs that one step may be traced for; default 8. */
  readonly maxTraces?: number;
  /**
   * Switches of TensorFlow's graph optimizer. All off where nothing is said: steps are faster without it, and adding
   * up in whatever order terms arrive, as its memory optimizer does, is not repeatable.
   */
  readonly optimizers?: GraphOptimizers | false;
  /**
   * `bfloat16` computes convolutions and what lies between them with 8 bits of precision; losses, statistics, weights
   * and updates stay in float32. `bfloat16-stored` keeps them so in memory and multiplies in float32, on CPUs. Default `float32`.
   */
  readonly precision?: Precision;
  /**
   * For networks that learn nothing more: batch norms go into the convolutions before them, which changes last digits. Default false.
   */
  readonly inference?: boolean;
  /**
   * Of a backbone's maps a few are held until the way back, which computes the others a second time: less memory, the same bits, a
   * longer step. Default false.
   */
  readonly recompute?: boolean;
  /** Lets XLA compile clusters of ops; default false. */
  readonly xla?: boolean;
  /** Processes that work together, of which this is one; alone where nothing is said. */
  readonly cluster?: Cluster | undefined;
  /** Called with what a user may want to know: large constants, further traces. */
  readonly onNotice?: (notice: Notice) => void;
}

/** A runner whose steps can say where their time goes. */
export interface CompiledRunner extends Runner {
  readonly mode: 'compiled';
  readonly workers: Workers;
  step(name: string, fn: StepFunction, options?: StepOptions): CompiledStep;
}

/** A session of this process alone, or of its server in a cluster. */
const openSession = (
  native: Native,
  builder: GraphBuilder,
  { cluster, ...options }: CompiledRunnerOptions,
  member: Membership | undefined,
): Session => {
  const of = member && cluster && clusterOf(cluster);
  return new Session(
    native,
    builder,
    sessionConfig({ optimizers: false, ...options, cluster: of }),
    member && { target: member.target, sums: member.sums?.id, cluster },
  );
};

const AUTO = 'What a config calls auto is chosen by measuring, before its steps are compiled.';

const precisionOf = ({ precision = 'float32' }: CompiledRunnerOptions): Precision => {
  if (!PRECISIONS.includes(precision)) throw unknownName('precision', precision, PRECISIONS, AUTO);
  return precision;
};

/** What the steps of one session have in common; of this process alone where it is no member of a cluster. Errors: `unknown-name`. */
export const stepParts = (options: CompiledRunnerOptions, member?: Membership): Omit<StepParts, 'guard'> => {
  const { threads = {}, maxTraces = 8, inference = false, onNotice: notify = () => undefined } = options;
  const precision = precisionOf(options);
  const gpu = nativeBackend().binding.isUsingGpuDevice();
  const native = ownAddon();
  native.setThreads(threads.intra ?? threadCount());
  const definitions = new Definitions(native, gpu ? ['CPU', 'GPU'] : ['CPU']);
  const newDraft = (): GraphBuilder => new GraphBuilder(native, definitions);
  const builder = newDraft();
  const session = openSession(native, builder, options, member);
  const store = new VariableStore(builder);
  return {
    builder,
    store,
    session,
    values: new VariableValues(store, session),
    maxTraces,
    notify,
    newDraft,
    rewrites: rewritesFor({ gpu, precision, sums: member?.sums }, notify),
    passes: passesFor({ gpu, precision, inference, recompute: options.recompute ?? false }),
    passages: new Passages(),
  };
};

/**
 * Runs steps as graphs of native TensorFlow, all in one session, so that they share their variables. `loadEngine` must
 * have been called; throws `engine-missing` without native TensorFlow, `unknown-name` for another precision than it has.
 */
export const compiledRunner = (options: CompiledRunnerOptions = {}): CompiledRunner => {
  const { cluster } = options;
  const precision = precisionOf(options); // before others in a cluster wait for this one
  const { binding } = nativeBackend();
  const member = cluster && joinCluster(ownAddon(), cluster);
  const parts = stepParts(options, member);
  const { session, values } = parts;
  const { group = 0 } = member ?? {};
  return {
    mode: 'compiled',
    ...(options.recompute && { mayRecompute: parts.passages.note }),
    workers: cluster ? clusterWorkers(cluster, { group, gpu: binding.isUsingGpuDevice() }) : alone,
    description: `TensorFlow ${binding.TF_Version}, compiled${precision === 'float32' ? '' : `, ${precision}`}`,
    step: (name, fn, { guard = false } = {}) => compiledStep(name, fn, { ...parts, guard }),
    read: (variables: readonly Variable[]) => session.exclusively(() => values.read(variables)),
    write: (variables: readonly Variable[], arrays: readonly NdArray[]) =>
      session.exclusively(() => values.write(variables, arrays)),
    dispose: () => session.close(),
  };
};
