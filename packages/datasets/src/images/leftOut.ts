import type { LeftOut } from '@understory/core';

/** A sample, or another file, that no split has. */
export interface LeftItem {
  readonly reason: string;
  /** Its path, with more of the reason where that differs from file to file. */
  readonly example: string;
  readonly className?: string | undefined;
}

const MAX_EXAMPLES = 3;

/** Counts what was left out by reason and class, with the first names. */
export const countLeftOut = (left: readonly LeftItem[]): LeftOut[] => {
  const groups = new Map<string, LeftItem[]>();
  for (const one of left) {
    const key = JSON.stringify([one.reason, one.className]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].map((group) => {
    const [{ reason, className }] = group as [LeftItem];
    const examples = group.slice(0, MAX_EXAMPLES).map(({ example }) => example);
    return { reason, count: group.length, ...(className !== undefined && { className }), examples };
  });
};
