import type { Command } from 'commander';
import { changes, checkpoints, later, plugins, runsFolder } from './arguments/options.ts';
import { configFile } from './arguments/paths.ts';
import { repeated, words } from './arguments/take.ts';
import { workerOptions } from './arguments/workers.ts';
import { afterHelp } from './output/help.ts';

/** `train`, by one process or by several. */
export const addTrain = (root: Command): void => {
  const train = root
    .command('train')
    .description('train a network as a config says')
    .argument(
      '<configs...>',
      'a .yaml, .json, .ts or .js file; several are merged, and paths of data count from the first',
      repeated(configFile),
    )
    .addOption(changes('change a key of the config'))
    .addOption(plugins())
    .option('--dry-run', 'say what it would train on, its memory and time, by a few steps', false)
    .option('--resume', 'go on from the last checkpoint of the newest run of this name', false)
    .addOption(checkpoints('with --resume: which checkpoint to go on from'))
    .option(
      '--allow <keys>',
      'with --resume: keys that may change, such as rate, schedule, optimizer; comma-separated',
      words(),
      [],
    )
    .addOption(runsFolder())
    .option('--open', 'show the run in a page while it trains', false)
    .addHelpText('after', () =>
      afterHelp(['Keys of a config: understory config, or understory config --schema for your editor.']),
    )
    .action(later(async () => (await import('./commands/train.ts')).train));
  for (const option of workerOptions()) train.addOption(option);
};
