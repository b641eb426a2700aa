import { UnderstoryError } from '@understory/core';
import type { Native } from '../compile/graph/native.ts';
import { sessionConfig } from '../compile/run/sessionConfig.ts';
import { checkCluster, clusterOf, serverDefinition, type Cluster } from './cluster.ts';

const started = new Map<string, string>();

const failed = (address: string, cause: unknown): UnderstoryError => {
  const said = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return new UnderstoryError(
    'cluster',
    `The server of this worker could not be started at ${address}: ${said.slice(0, 150)}. Is its port taken? Give another one.`,
    { cause },
  );
};

/** Makes this process a member of a cluster, once, and gives the target of its sessions. Errors: `cluster`. */
export const startServer = (native: Native, cluster: Cluster): string => {
  checkCluster(cluster);
  const key = JSON.stringify([cluster.addresses, cluster.rank]);
  const known = started.get(key);
  if (known !== undefined) return known;
  const config = sessionConfig({ optimizers: false, cluster: clusterOf(cluster) });
  try {
    const target = native.createServer(serverDefinition(cluster, config));
    started.set(key, target);
    return target;
  } catch (cause) {
    throw failed(cluster.addresses[cluster.rank]!, cause);
  }
};
