import { once } from 'node:events';
import { connect } from 'node:net';
import type { Cluster } from './cluster.ts';
import { endUnlessPrevented } from './lastWord.ts';
import { watchRuns, type Watch } from './watchRuns.ts';

/** How long a worker's machine has to answer, in ms. */
const ANSWER = 2000;

/** Whether somebody listens at a `host:port`. The system answers for a process that is frozen. */
const isReached = async (address: string): Promise<boolean> => {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  const socket = connect({ host, port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** Says which of the other workers nobody listens for, as a message begins; undefined where all seem to be there. */
export const unreachedWorkers = async ({ addresses, rank }: Cluster): Promise<string | undefined> => {
  const reached = await Promise.all(
    addresses.map(async (address, i) => i === rank || (await isReached(address))),
  );
  const [first, ...others] = reached.flatMap((is, i) => (is ? [] : [i]));
  if (first === undefined) return undefined;
  const and = others.length === 0 ? '' : ` and ${others.length} more`;
  return `Worker ${first} (${addresses[first]})${and} cannot be reached`;
};

/** How long a run that is cancelled may take to end, in ms: one that asks for the first worker's steps asks for ever. */
const HEED = 10_000;

/** Watches a session's runs among the workers of a cluster. */
export const watchCluster = (cancel: () => void, cluster: Cluster | undefined): Watch =>
  watchRuns(
    cancel,
    cluster && {
      ...cluster,
      unreached: () => unreachedWorkers(cluster),
      endUnlessPrevented: (text) => endUnlessPrevented(text, HEED),
    },
  );
