import util from 'node:util';

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`. Node 23 has dropped the first one and Node 22 warns
 * of both, so they are put in their old place: the same answers, without the warning.
 */
export const restoreUtil = (): void => {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
    isArray: Array.isArray,
  });
};
