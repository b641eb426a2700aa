import type { Make } from './draw.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { MAPS } from './maps.ts';
import { SHAPES } from './shapes.ts';

/** Kernels whose gradient nothing can ask for. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  BroadcastTo: 'no backend has this kernel: tfjs repeats by Tile',
  ComplexAbs: 'complex numbers are made of real ones by a kernel without a gradient',
  LogSoftmax: 'the op is composed of other kernels, with a gradient of its own',
};

/** For each kernel that has a gradient, what it is tried with; a kernel without an entry fails the test. */
export const GRADIENT_CASES: Readonly<Record<string, readonly Make[]>> = {
  ...ELEMENTWISE,
  ...MAPS,
  ...SHAPES,
};
