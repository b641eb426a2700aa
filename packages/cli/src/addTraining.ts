import type { Command } from 'commander';
import { addTrain } from './addTrain.ts';
import { changes, later, runsFolder } from './arguments/options.ts';
import { configFile } from './arguments/paths.ts';
import { repeated, wholeNumber } from './arguments/take.ts';

const addStart = (root: Command): void => {
  root
    .command('start')
    .description('train the same small network three ways on the emoji set and compare them: the main job')
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1, 100_000), 10)
    .option('--seed <n>', 'decides everything random', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .addOption(runsFolder())
    .action(later(async () => (await import('./commands/start.ts')).start));
};

const addComparisons = (root: Command): void => {
  root
    .command('compare')
    .description('train several configs one after the other on one dataset and report them side by side')
    .argument('<configs...>', 'config files; the last --set wins', repeated(configFile))
    .addOption(changes('change a key of every config'))
    .option('--seeds <n>', 'how many seeds to train each config with', wholeNumber(1, 1000), 1)
    .addOption(runsFolder())
    .action(later(async () => (await import('./commands/compare.ts')).compare));
};

/** `understory start`, `train` and `compare`. */
export const addTraining = (root: Command): void => {
  addStart(root);
  addTrain(root);
  addComparisons(root);
};
