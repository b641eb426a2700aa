import type { CheckpointStore } from '@understory/core';
import type { Run } from '@understory/tracking/node';

/** Checkpoints of a run whose folder is made once it is ready to train: what fails before leaves none behind. */
export interface LaterStore {
  readonly store: CheckpointStore;
  /** From now on they go into this run's folder. */
  readonly keepIn: (run: Run) => void;
  /** Whether any were saved. */
  readonly kept: () => boolean;
}

export const laterStore = (run?: Run): LaterStore => {
  let target = run?.checkpoints;
  let kept = false;
  const store: CheckpointStore = {
    save(name, parts) {
      kept = true;
      return target ? target.save(name, parts) : Promise.reject(new Error('The run has no folder yet.'));
    },
    load: (name) => target?.load(name) ?? Promise.resolve(undefined),
    describe: (name) => target?.describe?.(name) ?? `The checkpoint "${name}"`,
  };
  return { store, keepIn: ({ checkpoints }) => void (target = checkpoints), kept: () => kept };
};
