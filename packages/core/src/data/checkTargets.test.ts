import { expect, it } from 'vitest';
import { streamOf, tinyExperiment } from '../testing/index.ts';
import type { Samples } from '../contracts/dataset.ts';
import { checkTargets } from './checkTargets.ts';
import { classSamples } from './targets.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { prepareTraining } from '../training/train.ts';

const experiment = tinyExperiment([], {
  streams: [streamOf(), streamOf({ name: 'unlabelled', labelled: false })],
});
const [first, second] = experiment.streams as unknown as [Experiment['streams'][0], Experiment['streams'][0]];
const labelled = (labels: number[], length = labels.length): Samples =>
  classSamples({ ...first.samples, labels: Int32Array.from(labels), length });

it('takes labels of the classes, and looks at none of a stream that uses none', async () => {
  await expect(checkTargets(experiment)).resolves.toBeUndefined();
  const strange = { ...second, samples: labelled([-1, 99]) };
  await expect(checkTargets({ ...experiment, streams: [first, strange] })).resolves.toBeUndefined();
});

it.each([
  ['a class too many', [0, 5], /"train": image 1 \("sample 1"\) has label 5; the dataset has 5 classes/],
  ['a negative class', [-1], /image 0 .* has label -1/],
])('refuses %s by the image', async (_, labels, message) => {
  const wrong = { ...first, samples: labelled(labels) };
  await expect(checkTargets({ ...experiment, streams: [wrong] })).rejects.toThrow(message);
});

it('refuses too few labels, and those of the images that are measured on, before the first step', async () => {
  const short = { ...first, samples: labelled([0, 1], 3) };
  await expect(checkTargets({ ...experiment, streams: [short] })).rejects.toThrow(
    /labels \[2\] for 3 images/,
  );
  const dataset = { ...experiment.dataset, test: labelled([7]) };
  await expect(prepareTraining({ ...experiment, dataset }, { runner: eagerRunner() })).rejects.toThrow(
    /Labels of test images: image 0 .* has label 7/,
  );
});
