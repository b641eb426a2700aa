import type { Command } from 'commander';
import { inputFolder } from './arguments/paths.ts';
import { checkpoints, later } from './arguments/options.ts';
import { wholeNumber } from './arguments/take.ts';

/** What shows runs in a page, and what its buttons do. */
export const addDashboard = (root: Command): void => {
  root
    .command('dashboard')
    .description(
      'show runs in a page while they train: curves, speed, results side by side; stop and resume them',
    )
    .option('--runs <folder>', 'where runs are kept', inputFolder, 'runs')
    .option('--port <n>', 'of the page; 0 for one that is free', wholeNumber(0, 65_535), 0)
    .option('--open', 'open it in the browser', false)
    .option('--while-watched', 'end when nobody has had it open for three minutes', false)
    .action(later(async () => (await import('./commands/dashboard.ts')).dashboard));
  root
    .command('resume')
    .description('let a stopped run go on from its last checkpoint, with the config that it began with')
    .argument('<run>', 'folder of a run', inputFolder)
    .addOption(checkpoints('which checkpoint to go on from; the last one by default'))
    .action(later(async () => (await import('./commands/resume.ts')).resume));
};
