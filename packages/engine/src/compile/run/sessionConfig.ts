import { message } from '@understory/core/protobuf';

/** Switches of Grappler, TensorFlow's graph optimizer. What is not named keeps TensorFlow's default. */
export interface GraphOptimizers {
  readonly layout?: boolean;
  readonly constantFolding?: boolean;
  readonly shape?: boolean;
  readonly remapping?: boolean;
  readonly arithmetic?: boolean;
  readonly dependency?: boolean;
  readonly loop?: boolean;
  readonly function?: boolean;
  readonly commonSubgraphs?: boolean;
  /** Recomputation and swapping heuristics. */
  readonly memory?: boolean;
  readonly pinToHost?: boolean;
}

export interface SessionOptions {
  /** Within an op and side by side (−1: all in the thread that runs it); absent: the process's own pools. */
  readonly threads?: { readonly intra?: number; readonly inter?: number };
  /** Whether GPUs, where there are some, stay out of it. */
  readonly cpuOnly?: boolean;
  /** `false` turns all of Grappler off. */
  readonly optimizers?: GraphOptimizers | false;
  /** XLA: compiles clusters of ops. */
  readonly xla?: boolean;
  /** TensorFlow's executor: `SINGLE_THREADED_EXECUTOR`, or absent for the usual one. */
  readonly executor?: string;
  /** Where several processes work together: the device of this one, and the one that gathers them. */
  readonly cluster?: { readonly device: string; readonly leader: string } | undefined;
}

// Fields of RewriterConfig (tensorflow/core/protobuf/rewriter_config.proto), those whose value is a toggle.
const TOGGLES: Readonly<Record<Exclude<keyof GraphOptimizers, 'memory'>, number>> = {
  layout: 1,
  constantFolding: 3,
  arithmetic: 7,
  dependency: 8,
  loop: 9,
  function: 10,
  shape: 13,
  remapping: 14,
  pinToHost: 18,
  commonSubgraphs: 24,
};
const ON = 1;
const OFF = 2;
const NO_MEMORY_OPTIMIZATION = 1;
const MEMORY_HEURISTICS = 3;

const rewriterConfig = (optimizers: GraphOptimizers | false): Uint8Array => {
  if (optimizers === false) return message({ 19: true }); // disable_meta_optimizer
  const { memory, ...toggles } = optimizers;
  const named = Object.entries(toggles) as [keyof typeof TOGGLES, boolean][];
  return message({
    ...Object.fromEntries(named.map(([name, on]) => [TOGGLES[name], on ? ON : OFF])),
    4: memory === undefined ? undefined : memory ? MEMORY_HEURISTICS : NO_MEMORY_OPTIMIZATION,
  });
};

/** What is the same is computed once, nothing ahead: by default results up to 10 MB are, all at once, such as pairs of each block of a loss. */
const ONCE = { 1: true, 3: -1 }; // do_common_subexpression_elimination, opt_level

/** A serialised ConfigProto (tensorflow/core/protobuf/config.proto). */
export const sessionConfig = ({
  threads = {},
  cpuOnly = false,
  optimizers,
  xla,
  executor,
  cluster,
}: SessionOptions): Uint8Array =>
  message({
    1: cpuOnly ? message({ 1: 'GPU', 2: 0 }) : undefined, // device_count
    2: threads.intra, // intra_op_parallelism_threads
    4: cluster?.device, // device_filters
    5: threads.inter, // inter_op_parallelism_threads
    7: true, // allow_soft_placement
    9: threads.inter === undefined || cluster ? undefined : true, // use_per_session_threads, which a server refuses
    10: message({
      3: message({ ...ONCE, 5: xla === undefined ? undefined : xla ? 1 : -1 }), // optimizer_options.global_jit_level
      10: optimizers === undefined ? undefined : rewriterConfig(optimizers), // rewrite_options
    }),
    15: cluster ? true : undefined, // isolate_session_state: sessions of one server have variables of their own
    16: executor === undefined && !cluster ? undefined : message({ 1: cluster?.leader, 3: executor }), // experimental: collective_group_leader, executor_type
  });
