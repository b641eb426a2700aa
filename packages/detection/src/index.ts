import type { AnyPlugin } from '@understory/core';

/** Everything that this package teaches a registry. */
export const detectionPlugins: readonly AnyPlugin[] = [];
