import { differenceSentences, type NamedGaps } from '@understory/runs';

/** Methods' numbers by seed, in percent. */
export interface KeptSeeds {
  readonly labels: readonly string[];
  readonly seeds: readonly number[];
  readonly machine: string;
  readonly accuracy: readonly (readonly number[])[];
}

/** The last method against each other one: it is the one that a comparison is about. */
const gapsOf = ({ labels, accuracy }: KeptSeeds): NamedGaps[] => {
  const [own = [], name = ''] = [accuracy.at(-1), labels.at(-1)];
  return labels.slice(0, -1).map((other, i) => ({
    name: `${name} against ${other}`,
    gaps: own.map((value, seed) => value - (accuracy[i]?.[seed] ?? NaN)),
  }));
};

/** What seeds that were trained beforehand say of the methods: one seed alone says little. */
export const keptSeedsText = (kept: KeptSeeds): string => {
  const { seeds, machine } = kept;
  const lines = differenceSentences(gapsOf(kept), 'points').map((line) => `  ${line}`);
  const head = `One seed says little. Seeds ${seeds.join(', ')}, trained beforehand (${machine}), test accuracy after the last epoch,`;
  return `${head}\ndifferences seed by seed with their 95 % interval:\n${lines.join('\n')}\n`;
};
