import type { AnyPlugin } from '@understory/core';

export { matrixOf, type Matrix } from './matrix.ts';

/** Every evaluator of this package, for a registry. */
export const evaluatorPlugins: readonly AnyPlugin[] = [];
