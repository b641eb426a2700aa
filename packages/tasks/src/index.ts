import { classification, plugin, TASK } from '@understory/core';
import { z } from 'zod';

export { classification } from '@understory/core';

export const ClassificationOptions = z.strictObject({});

export const classificationPlugin = plugin({
  token: TASK,
  name: 'classification',
  summary: 'One class an image: the classifier of the backbone, softmax',
  when: 'Every image shows one thing of a known list: the default.',
  source: 'Zhang et al., ECCV 2022, sections 3 and 4',
  options: ClassificationOptions,
  create: () => classification,
});

/** Every task of this package, for a registry. */
export const taskPlugins = [classificationPlugin] as const;
