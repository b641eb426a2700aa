import type { AnyPlugin } from '@understory/core';

/** Everything that this package teaches a registry. */
export const semiSupervisedPlugins: readonly AnyPlugin[] = [];
