import type { Spec } from '@understory/core';
import { openTrained } from '../../load/openTrained.ts';
import { readMeasured, type EvaluateRequest } from './evaluateRun.ts';
import { meetBefore } from './meetBefore.ts';
import { mustHaveImages, mustHaveSize, openOther, type OtherData } from './otherData.ts';
import { makeEvaluators, runEvaluators, type EvaluatorResult } from './evaluators.ts';

export interface TransferRequest extends Pick<
  EvaluateRequest,
  'run' | 'checkpoint' | 'split' | 'say' | 'onProgress' | 'cluster'
> {
  readonly on: OtherData;
  /** By name, or with options; a linear probe and neighbours where none is named. */
  readonly evaluators?: readonly Spec[];
}

/** What a run's embedding knows of other data. */
export interface Transfer extends EvaluatorResult {
  readonly dataset: string;
  readonly classes: number;
  /** Images that evaluators learned from, and those that they were measured on. */
  readonly train: number;
  readonly samples: number;
}

/** Evaluators of a transfer where none is named. */
export const TRANSFER_EVALUATORS: readonly Spec[] = ['linear-probe', 'knn'];

/**
 * Evaluators of a run's network on data that it did not train on: its backbone embeds their training images and those of the
 * split, normalised as the run's own. Errors: those of `readTrained`, `config`, `data-changed` (another size), `empty-split`.
 */
export const transferRun = async ({
  run,
  checkpoint,
  split,
  on,
  evaluators: specs = TRANSFER_EVALUATORS,
  say,
  onProgress,
  cluster,
}: TransferRequest): Promise<Transfer> => {
  const { trained, registry } = await readMeasured(run, checkpoint, specs);
  const dataset = await openOther(on, onProgress);
  try {
    mustHaveSize(dataset, trained.info.dataset.size);
    mustHaveImages(dataset, split);
    const { close, ...network } = await openTrained(registry, trained, say, { cluster });
    try {
      await meetBefore(network, { dataset, split });
      const { config } = trained.info;
      const measured = { ...network, config, dataset, split, say, ...(onProgress && { onProgress }) };
      const evaluators = makeEvaluators(registry, specs, measured);
      return {
        ...(await runEvaluators(evaluators, measured)),
        ...{ dataset: dataset.name, classes: dataset.classes.length },
        ...{ train: dataset.train.length, samples: dataset[split].length },
      };
    } finally {
      close();
    }
  } finally {
    await dataset.close?.();
  }
};
