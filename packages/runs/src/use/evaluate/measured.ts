import {
  infer,
  LABEL,
  UnderstoryError,
  type Dataset,
  type EvaluationRequest,
  type Samples,
  type SplitName,
  type Task,
} from '@understory/core';
import type { ExperimentConfig } from '@understory/config';
import type { OnProgress, Say } from '../../listeners.ts';
import type { OpenedNetwork } from '../../load/openTrained.ts';

/** A network and the images that it is measured on. */
export interface Measured extends Omit<OpenedNetwork, 'close'> {
  readonly config: ExperimentConfig;
  readonly dataset: Dataset;
  readonly split: SplitName;
  readonly say: Say;
  readonly onProgress?: OnProgress;
}

/** Whether samples have one class each, and a task's outputs are the classifier's logits. */
export const isOfClasses = (task: Task, { targets }: Samples): boolean =>
  !task.outputs && targets[LABEL]?.kind === 'class';

/** Throws `task` where numbers of classes are asked of another task. */
export const mustBeOfClasses = ({ task, dataset, split }: Measured, option: string): void => {
  if (isOfClasses(task, dataset[split])) return;
  throw new UnderstoryError(
    'task',
    `${option} is for runs that tell one class an image; this run's task is "${task.name}". Leave ${option} out.`,
  );
};

/** What tells how many batches of some images are through. */
export const batchesOf = (
  { onProgress }: Pick<Measured, 'onProgress'>,
  what: string,
): { onBatch: (done: number, total: number) => void } => ({
  onBatch: (done, total) => onProgress?.(done, total, what),
});

/** The network's outputs for samples, as evaluators ask for them. */
export const inferring =
  (measured: Pick<Measured, 'step' | 'batch' | 'onProgress'>): EvaluationRequest['infer'] =>
  (samples, outputs, positions) =>
    infer(measured.step, samples, {
      ...{ batch: measured.batch, outputs },
      ...(positions && { positions }),
      ...batchesOf(measured, 'images'),
    });
