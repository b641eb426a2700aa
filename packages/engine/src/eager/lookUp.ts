import { LOOK_UP } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { nativeOp } from './nativeOp.ts';
import { nativeKernel } from './register.ts';

/** Images made of another's pixels, by the addon's op (`native/look_up_ops.cc`), which runs on CPUs. */
export const registerLookUp = (): void =>
  nativeKernel(LOOK_UP, ['images', 'rows', 'columns', 'fill'], (given) => {
    ownAddon(); // ops of the addon exist once it is loaded
    return nativeOp('UnderstoryLookUp', { T: { type: 'float32' } }, Object.values(given));
  });
