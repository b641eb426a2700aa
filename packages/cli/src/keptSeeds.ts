import type { ReportRequest } from '@understory/runs';

/** What seeds that were trained beforehand say of the methods: one seed alone says little. */
export const keptSeedsText = ({ seeds, machine, differences }: Required<ReportRequest>['kept']): string => {
  const head = `One seed says little. Seeds ${seeds.join(', ')}, trained beforehand (${machine}), test accuracy after the last epoch,`;
  const lines = differences.map((line) => `  ${line}`);
  return `${head}\ndifferences seed by seed with their 95 % interval:\n${lines.join('\n')}\n`;
};
