import { model } from '@tensorflow/tfjs-layers';
import type { Backbone, BackboneFactory, BackboneRequest } from '../contracts/backbone.ts';
import type { Task } from '../contracts/task.ts';
import { UnderstoryError } from '../errors.ts';
import { cut } from '../shown.ts';

/** The backbone without a classifier that it brings all the same: nobody would train it. */
const withoutClassifier = (backbone: Backbone): Backbone => {
  const { name, inputs, outputs, layers } = backbone.model;
  const kept = outputs.slice(0, backbone.taps.length + 1);
  if (kept.length === outputs.length) return backbone;
  const made = model({ name, inputs, outputs: kept });
  for (const layer of layers) if (!made.layers.includes(layer)) layer.dispose();
  return { ...backbone, model: made, classes: 0 };
};

const unclassified = (factory: BackboneFactory, task: Task, request: BackboneRequest): Backbone => {
  try {
    return factory({ ...request, classes: 0 });
  } catch (error) {
    if (error instanceof UnderstoryError) throw error;
    const reason = cut(error instanceof Error ? error.message : String(error), 120);
    throw new UnderstoryError(
      'task',
      `The backbone cannot be built without a classifier: ${reason} Task "${task.name}" has outputs of its own, so it asks ` +
        'for "classes: 0": let the backbone leave out the last layer then.',
      { cause: error },
    );
  }
};

/** The backbone with the classifier that a task without outputs of its own reads. */
const classified = (backbone: Backbone, task: Task): Backbone => {
  if (backbone.model.outputs.length > backbone.taps.length + 1) return backbone;
  throw new UnderstoryError(
    'task',
    `The backbone "${backbone.name}" gives no logits, and task "${task.name}" reads them. Let it end in a classifier; ` +
      'of a model that fromLayersModel() takes, name the layer under "logits".',
  );
};

/**
 * A backbone as a task needs it: without a classifier where the task has outputs of its own, with one where it has none.
 * Errors: `task` where it cannot be so.
 */
export const taskBackbone = (factory: BackboneFactory, task: Task, request: BackboneRequest): Backbone =>
  task.outputs ? withoutClassifier(unclassified(factory, task, request)) : classified(factory(request), task);
