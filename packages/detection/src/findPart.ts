import { UnderstoryError, type BuildContext } from '@understory/core';

// A class of layers, told by what it makes.
type Class<T> = abstract new (...args: never[]) => T;

/**
 * The layer of a detector's head that an objective works with, by its class. Errors: `task` where the network's task is not
 * the detector that the objective trains.
 */
export const findPart = <T>(
  objective: string,
  { head, task }: BuildContext,
  kind: Class<T>,
  wanted: string,
): T => {
  for (const layer of head?.model.layers ?? []) if (layer instanceof kind) return layer;
  throw new UnderstoryError(
    'task',
    `${objective} trains the task "${wanted}", and the config's is "${task}". Set "task: ${wanted}", or leave out ` +
      '"objectives": each task has its own.',
  );
};
