import type { Counted } from './shardIndex.ts';

const MAX_EXAMPLES = 3;

/** Counts things by reason, with the first names: however many there are, it stays small. */
export interface Counter {
  add(reason: string, example: string): void;
  end(): Counted[];
}

export const counter = (): Counter => {
  const groups = new Map<string, { count: number; examples: string[] }>();
  return {
    add(reason, example) {
      const group = groups.get(reason) ?? { count: 0, examples: [] };
      groups.set(reason, group);
      group.count++;
      if (group.examples.length < MAX_EXAMPLES) group.examples.push(example);
    },
    end: () => [...groups].map(([reason, group]) => ({ reason, ...group })),
  };
};

/** Counts of several shards as one, by reason. */
export const joinCounts = (all: Iterable<readonly Counted[]>): Counted[] => {
  const joined = new Map<string, Counted>();
  for (const counts of all)
    for (const { reason, count, examples } of counts) {
      const before = joined.get(reason) ?? { reason, count: 0, examples: [] };
      joined.set(reason, {
        reason,
        count: before.count + count,
        examples: [...before.examples, ...examples].slice(0, MAX_EXAMPLES),
      });
    }
  return [...joined.values()];
};
