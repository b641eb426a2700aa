import { inferenceStep, rankedClasses, uint8 } from '@understory/core';
import { readImage } from '@understory/datasets';
import { loadNetwork } from '../loadNetwork.ts';
import { readRun } from '../runInfo.ts';
import { openRegistry, openRunner } from '../session.ts';
import { percent } from '../terminal.ts';
import { wholeNumber } from '../wholeNumber.ts';

/** `understory predict <images…> --run <folder>`: the likeliest classes of each image; none where its logits are no numbers. */
export const predictImages = async (
  images: readonly string[],
  { run: folder, top, json }: { run: string; top: string; json: boolean },
): Promise<void> => {
  const wanted = wholeNumber('--top', top, 1);
  const { info } = await readRun(folder);
  const { size, normalization } = info.dataset;
  const pixels = await Promise.all(images.map((file) => readImage(file, size)));
  const registry = await openRegistry(info.config.plugins, info.folder);
  const runner = await openRunner(info.config.engine);
  const loaded = await loadNetwork(registry, runner, folder, { checkpoint: 'best' });
  const { classes } = loaded.info.dataset;
  const step = runner.step('infer', inferenceStep(loaded.network, normalization));
  const answers = [];
  for (const [i, image] of pixels.entries()) {
    const { logits } = await step.run({ images: uint8(image, [1, ...size, 3]) });
    const ranked = rankedClasses(logits!.data).map(({ index, probability }) => ({
      class: classes[index]!,
      probability,
    }));
    answers.push({ image: images[i]!, predictions: ranked.slice(0, wanted) });
  }
  if (json) process.stdout.write(`${JSON.stringify(answers, null, 2)}\n`);
  else {
    for (const { image, predictions } of answers) {
      const said = predictions.map((p) => `${p.class} ${percent(p.probability)}`).join(', ');
      process.stdout.write(`${image}: ${said || 'no class: its logits are no numbers'}\n`);
    }
  }
  runner.dispose();
};
