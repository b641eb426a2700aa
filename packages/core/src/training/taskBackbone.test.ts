import { memory } from '@tensorflow/tfjs-core';
import { model } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../contracts/backbone.ts';
import type { Task } from '../contracts/task.ts';
import { UnderstoryError } from '../errors.ts';
import { seedOf } from '../random.ts';
import { classification } from '../tasks/classification.ts';
import { tinyBackbone } from '../testing/tinyBackbone.ts';
import { taskBackbone } from './taskBackbone.ts';

const request = { classes: 3, size: [8, 8], seed: seedOf(1) } as const;
const own: Task = { ...classification, name: 'own', outputs: ({ pooled }) => ({ values: pooled }) };

describe('the backbone of a task', () => {
  it('has a classifier where the task has no outputs of its own', () => {
    const made = taskBackbone(({ classes }) => tinyBackbone({ classes }), classification, request);
    expect([made.classes, made.model.outputs.length]).toEqual([3, made.taps.length + 2]);
  });

  it('loses a classifier that nobody asked for, and its weights', () => {
    const before = memory().numTensors;
    const made = taskBackbone(() => tinyBackbone({ classes: 7 }), own, request);
    expect([made.classes, made.model.outputs.length]).toEqual([0, made.taps.length + 1]);
    expect(made.model.weights.filter((w) => w.originalName.startsWith('classifier'))).toEqual([]);
    expect(memory().numTensors - before).toBe(made.model.weights.length);
    made.model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('says where the logits lack that a task reads', () => {
    const bare = (): Backbone => {
      const made = tinyBackbone();
      const outputs = made.model.outputs.slice(0, -1);
      return { ...made, classes: 0, model: model({ inputs: made.model.inputs, outputs }) };
    };
    expect(() => taskBackbone(bare, classification, request)).toThrow(
      /"tiny" gives no logits, and task "classification" reads them.*fromLayersModel/,
    );
  });

  it('says what a backbone has to leave out that cannot be built without a classifier', () => {
    const make = () => taskBackbone(({ classes }) => tinyBackbone({ classes }), own, request);
    expect(make).toThrow(UnderstoryError);
    expect(make).toThrow(
      /"own" has outputs of its own, so it asks for "classes: 0": let the backbone leave out/,
    );
  });
});
