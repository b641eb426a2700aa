import { counted } from '@understory/core';
import { openConfig, verifyConfig, type VerifyRequest } from '@understory/runs';
import { preparation } from '../progress.ts';
import { textTable } from '../text.ts';
import { say } from '../output/voice.ts';

interface VerifyOptions extends Pick<VerifyRequest, 'precision' | 'steps'> {
  readonly set: readonly string[];
}

/** `understory verify <config>`: differences of two ways to compute its steps; fails where one is above its bound. */
export const verify = async (file: string, { set, precision, steps }: VerifyOptions): Promise<void> => {
  const request = { precision, steps, say, onProgress: preparation() };
  const differences = await verifyConfig(await openConfig(file, set), request);
  const rows = differences.map(({ name, difference, bound }) => [
    name,
    difference.toExponential(1),
    difference <= bound ? '' : `above ${bound}`,
  ]);
  const wrong = rows.filter(([, , complaint]) => complaint !== '').length;
  const pair = precision === 'float32' ? 'Compiled against op by op' : `In ${precision} against float32`;
  const table = textTable(['', 'difference', ''], rows);
  process.stdout.write(
    `${pair}, ${counted(steps, 'step')}, differences relative, but of metrics as they are:\n${table}\n`,
  );
  if (wrong === 0) return;
  process.stdout.write(`${wrong} of ${rows.length} differ by more than they may.\n`);
  process.exitCode = 1;
};
