import { doctor } from '@understory/engine';
import { jsonText } from '../text.ts';

/** `understory doctor`: what this machine has; each line that is not well says its cure. */
export const doctorCommand = async ({ json }: { json: boolean }): Promise<void> => {
  const checks = await doctor();
  if (json) process.stdout.write(`${jsonText(checks)}\n`);
  else {
    const width = Math.max(...checks.map((c) => c.name.length));
    for (const { name, ok, value, cure } of checks) {
      process.stdout.write(`${ok ? '✓' : '✗'} ${name.padEnd(width)}  ${value}\n`);
      if (!ok && cure) process.stdout.write(`  ${' '.repeat(width)}  → ${cure}\n`);
    }
  }
  if (checks.some((c) => !c.ok)) process.exitCode = 1;
};
