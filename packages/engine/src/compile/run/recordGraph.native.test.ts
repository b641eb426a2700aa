import { add, matMul, tensor2d, topk, variable } from '@tensorflow/tfjs-core';
import { roiAlign } from '@understory/core';
import { tensor1d, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { recordGraph } from './recordGraph.ts';

it('takes down what a function computes, weights as constants, each node after those that it takes', () => {
  const weight = variable(tensor2d([1, 2, 3, 4], [2, 2]));
  const { nodes, inputs, outputs } = recordGraph(
    'small',
    ({ x }) => ({ places: topk(add(matMul(x as Tensor2D, weight), 1), 1).indices }),
    { x: [3, 2] },
  );
  expect(nodes.map(({ op }) => op).sort()).toEqual([
    'Add',
    'BatchMatMulV2',
    'Const',
    'Const',
    'Const',
    'Placeholder',
    'TopKV2',
  ]);
  const constants = nodes.filter(({ op }) => op === 'Const').map(({ content }) => Array.from(content!.data));
  expect(constants).toContainEqual([1, 2, 3, 4]);
  const seen = new Set<string>();
  for (const { name, inputs: taken } of nodes) {
    for (const one of taken) expect(seen).toContain(one.split(':')[0]);
    seen.add(name);
  }
  expect(seen).toContain(inputs['x']);
  expect(outputs['places']).toMatch(/^TopKV2_\d+:1$/);
  weight.dispose();
});

it('composes of TensorFlow’s ops what the engine has an op of its own for', () => {
  const rois = (): Tensor2D => tensor2d([0, 0, 0, 8, 8], [1, 5]);
  const options = { strides: [4], size: 2, samples: 2, aligned: true };
  const align = (map: Tensor4D) => roiAlign([map], rois(), tensor1d([0], 'int32'), options);
  const { nodes } = recordGraph('regions', ({ map }) => ({ y: align(map as Tensor4D) }), {
    map: [1, 4, 4, 8],
  });
  const ops = nodes.map(({ op }) => op);
  expect(ops).toContain('GatherV2');
  expect(ops.filter((op) => op.startsWith('Understory'))).toEqual([]);
});
