import type { Command } from 'commander';
import { changes, choice, later, plugins } from './arguments/options.ts';
import { outputFile } from './arguments/paths.ts';
import { text, wholeNumber } from './arguments/take.ts';

/** `understory data`. */
export const addData = (root: Command): void => {
  const data = root.command('data').description('look at what a network is to learn from');
  data
    .command('check')
    .description(
      'count what a dataset holds and leaves out, and draw some of its images with what is true of them',
    )
    .argument(
      '<config>',
      'a .yaml, .json, .ts or .js file, or a dataset from: understory list datasets',
      text(4096),
    )
    .addOption(changes('change a key of the config, or an option of the dataset that is named'))
    .addOption(plugins())
    .addOption(choice('--split <name>', 'which images are drawn', ['train', 'validation', 'test'], 'train'))
    .option('--images <n>', 'how many images are drawn', wholeNumber(1, 500), 24)
    .option('--views', 'also draw each training image as every view shows it', false)
    .option('--sheet <file>', 'the .png to draw', outputFile, 'contact-sheet.png')
    .option('--overwrite', 'replace a sheet that is there', false)
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/dataCheck.ts')).dataCheck));
};
