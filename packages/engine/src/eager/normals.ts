import { tensor, util } from '@tensorflow/tfjs-core';
import { NORMALS, type NormalsWanted } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { replaceKernel } from './register.ts';

/** Normal numbers of many streams by the addon (`native/normals.cc`), on all threads. */
export const registerNormals = (): void =>
  replaceKernel(NORMALS, (_, attributes) => {
    // As `normalsByKernel` of core gave them.
    const { shapes, deviations, states } = attributes as unknown as NormalsWanted;
    const arrays = shapes.map((shape) => new Float32Array(util.sizeFromShape([...shape])));
    ownAddon().fillNormals(arrays, deviations, Int32Array.from(states));
    return arrays.map((array, i) => tensor(array, [...(shapes[i] ?? [])], 'float32'));
  });
