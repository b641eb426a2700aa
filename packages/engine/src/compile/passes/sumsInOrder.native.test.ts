import { closeSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { expect, it } from 'vitest';
import { joinShared } from '../../cluster/sharedSums.ts';
import { shareMemory } from '../../cluster/sharedMemory.ts';
import { clusterWorkers } from '../../cluster/workers.ts';
import { ownAddon } from '../graph/native.ts';
import { stepParts } from '../run/compiledRunner.ts';
import { compiledStep } from '../run/compiledStep.ts';

it.runIf(process.platform === 'linux')(
  'takes sums in the order of their numbers, and none before what comes next and does not need it is put',
  async () => {
    const memory = shareMemory()!;
    const cluster = { addresses: ['127.0.0.1:1'], rank: 0, shared: memory }; // a group of one, which needs no server
    const sums = joinShared(ownAddon(), cluster, 1);
    const parts = stepParts({}, { target: '', group: 1, sums });
    const { sum } = clusterWorkers(cluster, { group: 1, gpu: false });
    const step = compiledStep(
      'sums',
      ({ x }) => {
        const square = (y: tf.Tensor): tf.Tensor => tf.matMul(y, y);
        const [soon, late] = [sum(x!), sum(square(square(square(x!))))];
        const both = sum(tf.add(soon, late));
        return { soon, late, both, after: sum(tf.add(late, 1)), again: sum(tf.add(both, 1)) };
      },
      { ...parts, guard: false },
    );
    const inputs = { x: float32([2, 0, 0, 3], [2, 2]) };
    const outputs = await step.run(inputs);
    expect(Object.values(outputs).map(({ data }) => [...data])).toEqual([
      [2, 0, 0, 3],
      [2 ** 8, 0, 0, 3 ** 8],
      [2 + 2 ** 8, 0, 0, 3 + 3 ** 8],
      [1 + 2 ** 8, 1, 1, 1 + 3 ** 8],
      [3 + 2 ** 8, 1, 1, 4 + 3 ** 8],
    ]);
    const { nodes } = await step.profile(inputs);
    const order = [...nodes]
      .sort((one, other) => one.start - other.start)
      .flatMap(({ op }) => /^UnderstoryShared(Put|Take)$/.exec(op)?.[1] ?? []);
    expect(order).toEqual('Put Put Take Take Put Put Take Put Take Take'.split(' '));
    parts.session.close();
    closeSync(memory);
  },
);
