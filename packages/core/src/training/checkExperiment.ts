import { checkInferenceCrop } from '../data/checkInferenceCrop.ts';
import { checkTargets } from '../data/checkTargets.ts';
import { UnderstoryError } from '../errors.ts';
import { stepsPerEpoch, type Experiment } from '../contracts/experiment.ts';
import { counted } from '../shown.ts';

const checkPatience = ({ patience, dataset, selectOn, metrics }: Experiment): void => {
  if (patience === undefined || (dataset[selectOn].length > 0 && metrics.length > 0)) return;
  throw new UnderstoryError(
    'patience',
    `"patience" waits for a better metric of the ${selectOn} images, and there is none. ` +
      `Give the dataset ${selectOn} images and the config a metric, or leave "patience" out.`,
  );
};

const checkSelection = ({ selectOn, dataset }: Experiment): void => {
  if (selectOn !== 'test' || dataset.test.length > 0) return;
  throw new UnderstoryError(
    'select-on',
    '"selectOn" is "test", and the dataset has no test images. Give it some, or choose the best weights on "validation".',
  );
};

const checkFreeze = (experiment: Experiment): void => {
  const { freeze, accumulate = 1, epochs } = experiment;
  if (!freeze) return;
  const { from, until = Infinity } = freeze;
  const refuse = (what: string): never => {
    throw new UnderstoryError('freeze', `"freeze" ${what}`);
  };
  if (until <= from)
    refuse(`ends at epoch ${until} and begins at ${from}: nothing is frozen. Let it end later.`);
  if (from >= epochs) refuse(`begins at epoch ${from}, and the run has ${epochs}. Let it begin earlier.`);
  const changes = from > 0 || until < epochs;
  if (changes && stepsPerEpoch(experiment) % accumulate !== 0)
    refuse(
      `begins or ends in the midst of steps whose gradients are averaged: an epoch has ${counted(stepsPerEpoch(experiment), 'step')}, ` +
        `and "accumulate" is ${accumulate}. Choose one that divides them.`,
    );
};

/** Refuses what cannot be trained or measured as it is asked for, before a network is built. */
export const checkExperiment = async (experiment: Experiment): Promise<void> => {
  checkPatience(experiment);
  checkInferenceCrop(experiment);
  await checkTargets(experiment);
  checkSelection(experiment);
  checkFreeze(experiment);
};
