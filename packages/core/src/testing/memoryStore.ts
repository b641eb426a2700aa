import { joinBytes } from '../safetensors.ts';
import type { CheckpointName, CheckpointStore } from '../training/checkpoint.ts';

/** Checkpoints in memory, for tests. */
export const memoryStore = (): CheckpointStore & { readonly files: Map<CheckpointName, Uint8Array> } => {
  const files = new Map<CheckpointName, Uint8Array>();
  return {
    files,
    save: (name, parts) => Promise.resolve(void files.set(name, joinBytes(parts))),
    load: (name) => Promise.resolve(files.get(name)),
  };
};
