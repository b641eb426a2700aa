import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Task } from '../contracts/task.ts';
import { LABEL } from '../data/targets.ts';
import { rankedClasses } from '../predictions/namedClass.ts';

/** A layer without weights, on one of a task's outputs. */
export const activation = (name: string, kind: 'softmax' | 'sigmoid', of: SymbolicTensor): SymbolicTensor =>
  layers.activation({ name, activation: kind }).apply(of) as SymbolicTensor;

/** One class an image: the backbone's classifier, softmax, the classes by probability. */
export const classification: Task = {
  name: 'classification',
  objectives: ['cross-entropy', 'contrastive-deep-supervision'],
  metrics: ['accuracy', 'calibration'],
  targets: { [LABEL]: 'class' },
  activate: ({ logits }) => ({ probabilities: activation('probabilities', 'softmax', logits!) }),
  decode({ logits }, { classes }) {
    const ranked = rankedClasses(logits?.data ?? []);
    return {
      kind: 'class',
      classes: ranked.map(({ index, probability }) => ({
        class: classes[index] ?? `class ${index}`,
        probability,
      })),
    };
  },
};
