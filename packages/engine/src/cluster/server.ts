import { UnderstoryError } from '@understory/core';
import type { Native } from '../compile/graph/native.ts';
import { sessionConfig } from '../compile/run/sessionConfig.ts';
import { checkCluster, clusterOf, serverDefinition, type Cluster } from './cluster.ts';

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
}

const failed = (address: string, cause: unknown): UnderstoryError => {
  const said = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return new UnderstoryError(
    'cluster',
    `The server of this worker could not be started at ${address}: ${said.slice(0, 150)}. Is its port taken? Give another one.`,
    { cause },
  );
};

const start = (native: Native, cluster: Cluster): Server => {
  const config = sessionConfig({ optimizers: false, cluster: clusterOf(cluster) });
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
  return { target: server.target, group: ++server.sessions };
};
