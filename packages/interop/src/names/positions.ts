import type { Slot } from '../model/slots.ts';

/** Numbers that a pattern's first group takes among layers, ascending: the blocks that a network has. */
const indices = (slots: readonly Slot[], pattern: RegExp): number[] => {
  const found = slots.flatMap(({ name }) => {
    const match = pattern.exec(name);
    return match ? [Number(match[1])] : [];
  });
  return [...new Set(found)].sort((a, b) => a - b);
};

/** How many blocks `block0`, `block1`, … a network has. */
export const blockCount = (slots: readonly Slot[]): number => indices(slots, /^block(\d+)\//).length;

/** Whether a layer has weights. */
export const hasLayer = (slots: readonly Slot[], layer: string): boolean =>
  slots.some(({ name }) => name.startsWith(`${layer}/`));

/**
 * Stage and place in it of each block, for codes that group blocks: a stage begins where the width of the block's last
 * convolution changes. `last` is that layer: `project`, `pointwise`.
 */
export const stagesOf = (slots: readonly Slot[], last: string): (readonly [stage: number, at: number])[] => {
  const widths = new Map(slots.map(({ name, shape }) => [name, shape.at(-1)!]));
  let stage = -1;
  let at = 0;
  let width = 0;
  return Array.from({ length: blockCount(slots) }, (_, i) => {
    const next = widths.get(`block${i}/${last}/conv/kernel`) ?? 0;
    at = next === width ? at + 1 : 0;
    if (next !== width) stage++;
    width = next;
    return [stage, at] as const;
  });
};
