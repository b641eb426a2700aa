import { UnderstoryError } from '@understory/core';
import type { Native } from '../compile/graph/native.ts';
import { sessionConfig } from '../compile/run/sessionConfig.ts';
import { checkCluster, clusterOf, serverDefinition, type Cluster } from './cluster.ts';
import { joinShared, type SharedSums } from './sharedSums.ts';

/** A server of this process, and how many of its sessions there were. */
interface Server {
  readonly target: string;
  sessions: number;
}

const started = new Map<string, Server>();

/** A session's way into a cluster. */
export interface Membership {
  /** Of the server. */
  readonly target: string;
  /** Which of the cluster's groups sums are of: the first sessions of all workers are the first group. */
  readonly group: number;
  /** Where the workers have memory in common. */
  readonly sums?: SharedSums | undefined;
}

const failed = (address: string, cause: unknown): UnderstoryError => {
  const said = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return new UnderstoryError(
    'cluster',
    `The server of this worker could not be started at ${address}: ${said.slice(0, 150)}. Is its port taken? Give another one.`,
    { cause },
  );
};

/**
 * Ops side by side in the server's sessions. Where sums are taken from shared memory an op may wait for other workers, while this
 * one has to answer them, which takes a thread as ops do: one more than there are otherwise.
 */
const sideBySide = ({ shared }: Cluster): number | undefined =>
  shared === undefined ? undefined : 1 + Math.max(1, Number(process.env['TF_NUM_INTEROP_THREADS'] ?? 1));

const start = (native: Native, cluster: Cluster): Server => {
  const inter = sideBySide(cluster);
  const threads = inter === undefined ? {} : { inter };
  const config = sessionConfig({ optimizers: false, threads, cluster: clusterOf(cluster) });
  try {
    return { target: native.createServer(serverDefinition(cluster, config)), sessions: 0 };
  } catch (cause) {
    throw failed(cluster.addresses[cluster.rank]!, cause);
  }
};

/**
 * Makes this process a member of a cluster. A server has some ninety threads and serves as long as the process lives, so all
 * sessions of a member share it; each is in a group of its own, with those that the other workers open in the same order.
 * Errors: `cluster`.
 */
export const joinCluster = (native: Native, cluster: Cluster): Membership => {
  checkCluster(cluster);
  const key = JSON.stringify([cluster.addresses, cluster.rank]);
  const server = started.get(key) ?? start(native, cluster);
  started.set(key, server);
  const group = ++server.sessions;
  return { target: server.target, group, sums: joinShared(native, cluster, group) };
};
