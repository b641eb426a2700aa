import type { Command } from 'commander';
import { inputFile, inputPath, outputFile, outputFolder } from './arguments/paths.ts';
import { changes, choice, later, overwrite, runsFolder } from './arguments/options.ts';
import { text, wholeNumber, words } from './arguments/take.ts';

/** Where what a table is made of lies. */
const withData = (command: Command): Command =>
  command
    .option(
      '--data <path>',
      'what the table is made of, which the list of tables says; CIFAR also as image folder or tar (default: where data get puts it)',
      inputPath,
    )
    .option('--test <path>', 'test images, where they lie apart', inputPath)
    .option(
      '--pretrain <path>',
      'images that networks are trained on first, of tables with such rows',
      inputPath,
    )
    .option('--pretrain-test <path>', 'their test images, where they lie apart', inputPath);

/** Where results go, and what is made of them. */
const withResults = (command: Command): Command =>
  command
    .option(
      '--results <folder>',
      'where results are kept, a small file each; rows that have one with the same settings are not trained again ' +
        '(default: "results"; with --set, a folder beside the runs)',
      outputFolder,
    )
    .option('--kept', 'train nothing: write the table of the results that are kept', false)
    .option('--into <file>', 'a Markdown file whose table of this name is renewed', inputFile)
    .option('--picture <file>', 'an SVG file in which the table is drawn', outputFile)
    .addOption(overwrite('replace a file that is there', '--picture'))
    .option('--json', 'of the list of tables: as JSON', false);

/** `understory reproduce`. */
export const addTables = (root: Command): void => {
  const command = root
    .command('reproduce')
    .description(
      'make a table of the paper: every row with every seed; goes on where it was stopped. Without a name, list the tables',
    )
    .argument(
      '[table]',
      'cifar100, imagenet, distillation, …; without it all are listed, with cost and state',
      text(),
    )
    .addOption(
      choice('--scale <scale>', "for two cores, or the paper's own recipe", ['pocket', 'paper'], 'pocket'),
    );
  withData(command)
    .option('--seeds <n>', "how many seeds; the table's own number by default", wholeNumber(1, 1000))
    .option(
      '--only <rows>',
      'rows by key, or by network or method alone, with commas between; what they build on is trained too',
      words(),
    )
    .option('--jobs <n>', 'rows to train at a time, each in a process of its own', wholeNumber(1, 256), 1)
    .addOption(changes("change a key of every row's config, for a trial"))
    .addOption(runsFolder());
  withResults(command).action(later(async () => (await import('./commands/reproduce.ts')).reproduce));
};
