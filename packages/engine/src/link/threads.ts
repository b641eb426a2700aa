import { readFileSync } from 'node:fs';
import os from 'node:os';

/** CPUs that a container may use by its quota (cgroup 2), or Infinity. */
const quota = (): number => {
  try {
    const [limit, period] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ').map(Number);
    return limit && period ? Math.max(1, Math.round(limit / period)) : Infinity;
  } catch {
    return Infinity;
  }
};

/** Threads that TensorFlow works with in one op: what the environment says, or the CPUs that this process may use. */
export const threadCount = (): number => {
  const set = Number(process.env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(set) && set > 0 ? set : Math.min(os.availableParallelism(), quota());
};

/** Ops that run side by side: each more holds memory of its own and, on few CPUs, gains nothing. */
const sideBySide = (threads: number): number => Math.max(1, Math.min(Math.floor(threads / 2), 4));

/** TensorFlow reads its settings from the environment when it loads: fills in those that nobody set. */
export const prepareEnvironment = (): void => {
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threadCount());
  process.env.TF_NUM_INTEROP_THREADS ??= String(sideBySide(threadCount()));
  // One pool for all tensors, faster and smaller than malloc's; it may grow to what the machine has.
  process.env.TF_CPU_ALLOCATOR_USE_BFC ??= '1';
  process.env.TF_CPU_BFC_MEM_LIMIT_IN_MB ??= String(Math.floor(os.totalmem() / 2 ** 20));
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors alone
  // oneDNN's kernels add up in an order that differs from run to run; without them a resumed run gives the same bits.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  // The same of cuDNN's. Not TF_DETERMINISTIC_OPS, under which several ops refuse to run on a GPU at all.
  process.env.TF_CUDNN_DETERMINISTIC ??= '1';
  // A process takes as much of a GPU's memory as it needs, so that another one has room.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
};
