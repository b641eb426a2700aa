import { tensor1d } from '@tensorflow/tfjs-core';
import { NORMALS, type NormalsWanted } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { replaceKernel } from './register.ts';

/** Normal numbers of many streams by the addon (`native/normals.cc`), on all threads. */
export const registerNormals = (): void =>
  replaceKernel(NORMALS, (_, attributes) => {
    const { lengths, deviations, states } = attributes as unknown as NormalsWanted;
    const arrays = lengths.map((length) => new Float32Array(length));
    ownAddon().fillNormals(arrays, deviations, Int32Array.from(states));
    return arrays.map((array) => tensor1d(array, 'float32'));
  });
