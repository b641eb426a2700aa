import type { Command } from 'commander';
import { inputFile, inputPath, outputFolder } from './arguments/paths.ts';
import { changes, choice, later, runsFolder } from './arguments/options.ts';
import { text, wholeNumber, words } from './arguments/take.ts';

/** `understory reproduce`. */
export const addTables = (root: Command): void => {
  root
    .command('reproduce')
    .description('make a table of the paper: every method with every seed; goes on where it was stopped')
    .argument('<table>', 'supervision-resnet18, …; a wrong name lists them all', text())
    .addOption(choice('--scale <scale>', 'for two cores, or the whole recipe', ['pocket', 'full'], 'pocket'))
    .option(
      '--data <path>',
      'CIFAR-10: folder or tar of the binary version, or an image folder or tar; of detectors, boxes as Pascal VOC has them (pocket) or COCO (full)',
      inputPath,
      'data/cifar-10-batches-bin',
    )
    .option('--test <path>', 'test images, where they lie apart', inputPath)
    .option('--pretrain <path>', 'of detectors: images that backbones are trained on first', inputPath)
    .option('--pretrain-test <path>', 'their test images, where they lie apart', inputPath)
    .option('--seeds <n>', "how many seeds; the table's own number by default", wholeNumber(1, 1000))
    .option('--only <rows>', 'rows by key, with commas between; what they build on is trained too', words())
    .option('--jobs <n>', 'rows to train at a time, each in a process of its own', wholeNumber(1, 256), 1)
    .addOption(changes("change a key of every row's config, for a trial"))
    .addOption(runsFolder())
    .option(
      '--results <folder>',
      'where results are kept, a small file each; rows that have one with the same settings are not trained again ' +
        '(default: "results"; with --set, a folder beside the runs)',
      outputFolder,
    )
    .option('--kept', 'train nothing: write the table of the results that are kept', false)
    .option('--into <file>', 'a Markdown file whose table of this name is renewed', inputFile)
    .action(later(async () => (await import('./commands/reproduce.ts')).reproduce));
};
