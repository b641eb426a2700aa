import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Task } from '../contracts/task.ts';
import { applyLayer } from '../layers/applyLayer.ts';
import { byName } from '../named.ts';
import { LABEL } from '../data/targets.ts';
import { LOGITS } from '../training/taskHead.ts';
import { rankedClasses } from '../predictions/namedClass.ts';

/** A layer without weights, on one of a task's outputs. */
export const activation = (name: string, kind: 'softmax' | 'sigmoid', of: SymbolicTensor): SymbolicTensor =>
  applyLayer(layers.activation({ name, activation: kind }), of);

/** One class an image: the backbone's classifier, softmax, the classes by probability. */
export const classification: Task = {
  name: 'classification',
  objectives: ['cross-entropy', 'contrastive-deep-supervision'],
  metrics: ['accuracy', 'calibration'],
  targets: { [LABEL]: 'class' },
  activate: (outputs) => ({ probabilities: activation('probabilities', 'softmax', byName(outputs, LOGITS)) }),
  decode({ logits, probabilities }, { classes }) {
    // An exported file gives what is activated alone.
    const ranked = rankedClasses(logits?.data ?? Array.from(probabilities?.data ?? [], Math.log));
    return {
      kind: 'class',
      classes: ranked.map(({ index, probability }) => ({
        class: classes[index] ?? `class ${index}`,
        probability,
      })),
    };
  },
};
