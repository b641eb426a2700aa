import { applyOverride } from '@understory/config';
import { exportRun } from '@understory/runs';
import { preparation } from '../progress.ts';
import { say } from '../terminal.ts';

interface ExportOptions {
  readonly format: string;
  readonly set: readonly string[];
  readonly exits: boolean;
}

/** `understory export <run> [folder]`: the network from the best weights, for other programs. */
export const exportModel = async (
  run: string,
  folder: string | undefined,
  { format: name, set, exits }: ExportOptions,
): Promise<void> => {
  const format: [string, Record<string, unknown>] = [name, {}];
  for (const override of set) applyOverride(format[1], override);
  const { files, about } = await exportRun({ run, folder, format, exits, say, onProgress: preparation() });
  process.stdout.write(`${files[0] ?? run}: ${about}\n`);
};
