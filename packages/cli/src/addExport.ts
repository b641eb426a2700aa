import type { Command } from 'commander';
import { changes, later, overwrite } from './arguments/options.ts';
import { filledFolder, inputFolder } from './arguments/paths.ts';
import { fileOrName, text } from './arguments/take.ts';

/** `understory export`. */
export const addExport = (root: Command): void => {
  root
    .command('export')
    .description(
      "write a run's network for other programs, heads removed; as model.json for plain @tensorflow/tfjs by default",
    )
    .argument('<run>', 'folder of a run', inputFolder)
    .argument('[folder]', 'where to; <run>/model by default', filledFolder)
    .option('--format <name>', 'export format, as `understory list export-format` names them', text(), 'tfjs')
    .option(
      '--exits',
      'also early exits: a calibrated classifier at each tap, and when to leave there',
      false,
    )
    .option(
      '--calibrate [dataset]',
      "with --set weights=int8: activations in 8 bits too, by 256 of the run's validation images, or of a dataset by name or config",
      fileOrName,
    )
    .option(
      '--verify',
      'also run the file in the program that it is for, and compare: exit code 1 above 1e-4',
      false,
    )
    .addOption(overwrite('replace what is there; other files of an earlier export are removed'))
    .addOption(changes('an option of the format, such as weights=float16 or names=torchvision'))
    .action(later(async () => (await import('./commands/export.ts')).exportModel));
};
