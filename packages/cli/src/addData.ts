import type { Command } from 'commander';
import { changes, choice, later, overwrite, plugins } from './arguments/options.ts';
import { inputPath, outputFile, outputFolder } from './arguments/paths.ts';
import { byteSize, fileOrName, text, wholeNumber } from './arguments/take.ts';
import { afterHelp } from './output/help.ts';

/** `understory data pack`. */
const addPack = (data: Command): void => {
  data
    .command('pack')
    .description(
      'write a dataset as tar shards with an index, which the dataset "shards" and webdataset read',
    )
    .argument(
      '<source>',
      'a config (.yaml, .json, .ts or .js), a dataset from: understory list datasets, or a folder, tar or zip of class folders',
      fileOrName,
    )
    .addOption(changes('change a key of the config, or an option of the dataset that is named'))
    .addOption(plugins())
    .requiredOption('--out <folder>', 'the folder to make', outputFolder)
    .option('--shard-size <size>', 'most bytes of a shard: 256MB, 1GB', byteSize(1e6, 64e9), 256e6)
    .option(
      '--resize <pixels>',
      'make larger images smaller, to this shorter side; stored as JPEG',
      wholeNumber(8, 8192),
    )
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/dataPack.ts')).dataPack));
};

/** Official datasets; the table of `datasets`, which help must not load it for. */
const OFFICIAL = [
  ...['cifar10', 'cifar100', 'cub', 'cars', 'flowers', 'dogs', 'aircraft'],
  ...['voc2007', 'voc2012', 'coco2017', 'imagenet'],
];

const addGet = (data: Command): void => {
  data
    .command('get')
    .description('fetch an official dataset, check it, and say how to read it; the same command goes on')
    .argument('<name>', OFFICIAL.join(', '), text())
    .argument('[folder]', 'where it goes; data/<name> by default', outputFolder)
    .option('--from <mirror>', 'an address or a folder that has the same files', fileOrName)
    .option('--json', 'print JSON', false)
    .addHelpText('after', () => afterHelp([BEHIND_A_PROXY]))
    .action(later(async () => (await import('./commands/dataGet.ts')).dataGet));
};

const BEHIND_A_PROXY =
  'Proxies are asked by Node 24 and later, with NODE_USE_ENV_PROXY=1 and HTTPS_PROXY. Elsewhere fetch the files by other ' +
  'means, and give their folder with --from: they are checked and prepared all the same.';

/** `understory data`. */
export const addData = (root: Command): void => {
  const data = root.command('data').description('fetch and look at what a network is to learn from');
  addGet(data);
  data
    .command('check')
    .description(
      'count what a dataset holds and leaves out, and draw some of its images with what is true of them',
    )
    .argument(
      '<name>',
      'a config file, an official dataset (cub), or one from: understory list datasets',
      fileOrName,
    )
    .argument('[folder]', 'where a dataset that is named lies: a folder, tar or zip', inputPath)
    .addOption(changes('change a key of the config, or an option of the dataset that is named'))
    .addOption(plugins())
    .addOption(choice('--split <name>', 'which images are drawn', ['train', 'validation', 'test'], 'train'))
    .option('--quick', 'count alone: decode no pictures, look for no duplicates', false)
    .option('--images <n>', 'how many images are drawn', wholeNumber(1, 500), 24)
    .option('--views', 'also draw each training image as every view shows it', false)
    .option('--sheet <file>', 'the .png to draw', outputFile, 'contact-sheet.png')
    .addOption(overwrite('replace a sheet that is there'))
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/dataCheck.ts')).dataCheck));
  addPack(data);
};
