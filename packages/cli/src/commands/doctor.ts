import { doctor } from '@understory/engine';
import { columnsOf, wrapTo } from '../output/width.ts';
import { jsonText } from '../text.ts';

/** `understory doctor`: what this machine has; each line that is not well says its cure. */
export const doctorCommand = async ({ json }: { json: boolean }): Promise<void> => {
  const checks = await doctor();
  if (json) process.stdout.write(`${jsonText(checks)}\n`);
  else {
    const width = Math.max(...checks.map((c) => c.name.length));
    const room = columnsOf() ?? Infinity;
    const below = ' '.repeat(width + 4);
    const tell = (line: string): void => {
      process.stdout.write(`${wrapTo(line, room, below).join('\n')}\n`);
    };
    for (const { name, ok, value, cure } of checks) {
      tell(`${ok ? '✓' : '✗'} ${name.padEnd(width)}  ${value}`);
      if (!ok && cure) tell(`${below}→ ${cure}`);
    }
  }
  if (checks.some((c) => !c.ok)) process.exitCode = 1;
};
