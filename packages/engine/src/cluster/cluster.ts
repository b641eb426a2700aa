import { UnderstoryError } from '@understory/core';
import { message } from '@understory/core/protobuf';

/** Processes that train together: where each of them listens, and which of them this one is. */
export interface Cluster {
  /** `host:port` of every worker, in the order of their ranks. */
  readonly addresses: readonly string[];
  /** This process's place among them. */
  readonly rank: number;
  /**
   * Seconds that a step may take beyond three times what it ever took, before the worker gives the others up; 60 where nothing is
   * said.
   */
  readonly patience?: number;
  /**
   * Seconds for a step that was never done, the meeting of all workers before any other: it waits for those that come late, prepare
   * their data or trace more slowly. 600 where nothing is said, or `patience` where that is more.
   */
  readonly startPatience?: number;
  /**
   * Where all workers are on this machine: the descriptor of memory that they share (`shareMemory`), handed on by the process that
   * started them. Sums go through it; by TensorFlow's ring where nothing is said.
   */
  readonly shared?: number;
}

const JOB = 'worker';
/** Seconds. */
export const PATIENCE = 60;

/** How TensorFlow names a worker's devices. */
export const taskName = (rank: number): string => `/job:${JOB}/replica:0/task:${rank}`;

/** The rank of a worker that a message of TensorFlow's names. */
export const taskIn = (text: string): number | undefined => {
  const [, rank] = new RegExp(`/job:${JOB}/replica:0/task:(\\d+)`).exec(text) ?? [];
  return rank === undefined ? undefined : Number(rank);
};

/** What a session's configuration says of the cluster. */
export const clusterOf = ({ rank }: Cluster): { readonly device: string; readonly leader: string } => ({
  device: taskName(rank),
  leader: taskName(0),
});

/** A serialised ServerDef (tensorflow/core/protobuf/tensorflow_server.proto); `config`: a serialised ConfigProto. */
export const serverDefinition = ({ addresses, rank }: Cluster, config: Uint8Array): Uint8Array => {
  const tasks = addresses.map((address, i) => message({ 1: i, 2: address }));
  return message({
    1: message({ 1: message({ 1: JOB, 2: tasks }) }), // cluster
    2: JOB, // job_name
    3: rank, // task_index
    4: config, // default_session_config
    5: 'grpc', // protocol
  });
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a `host:port` cannot be reached from other machines by its name. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address.replace(/:\d+$/, ''));

const refuse = (text: string): never => {
  throw new UnderstoryError('cluster', text);
};

/** Errors: `cluster`, which names the address that cannot be one. */
export const checkCluster = ({ addresses, rank }: Cluster): void => {
  const wrong = addresses.find((address) => !/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(address));
  if (wrong !== undefined)
    refuse(`"${wrong.slice(0, 100)}" is no address of a worker. Give host:port, as in 10.0.0.2:2222.`);
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  if (twice !== undefined) refuse(`Two workers have the address ${twice}. Give each its own port.`);
  if (Number.isInteger(rank) && rank >= 0 && rank < addresses.length) return;
  refuse(
    `There is no worker ${rank}: ${addresses.length} are named, counted from 0. Give each process its own index.`,
  );
};
