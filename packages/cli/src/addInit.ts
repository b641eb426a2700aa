import type { Command } from 'commander';
import { choice, later, overwrite, plugins } from './arguments/options.ts';
import { outputFile } from './arguments/paths.ts';
import { fileOrName, fraction, runName, text, wholeNumber } from './arguments/take.ts';

/** `understory init`. */
export const addInit = (root: Command): void => {
  root
    .command('init')
    .description('write a config for the pictures that are here, by questions or by these options')
    .option('--data <place>', 'a folder of class folders, a tar or zip of it, or "emoji"', fileOrName)
    .option('--name <name>', "the run's name; the data's by default", runName)
    .option('--size <pixels>', 'side of the images; by the pictures by default', wholeNumber(8, 1024))
    .option('--backbone <name>', 'a backbone, as `understory list backbones` names them', text(), 'resnet18')
    .option('--width <factor>', "multiplies the backbone's channels, 1 at most", fraction, 0.5)
    .addOption(choice('--method <name>', 'with losses on the stages, or without', ['cds', 'baseline'], 'cds'))
    .addOption(plugins())
    .option('--out <file>', 'the file; <name>.yaml by default', outputFile)
    .addOption(overwrite('replace a file that is there'))
    .option('--yes', 'ask nothing', false)
    .action(later(async () => (await import('./commands/init.ts')).init));
};
