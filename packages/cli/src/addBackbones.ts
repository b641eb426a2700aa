import type { Command } from 'commander';
import { inputFile, outputFile } from './arguments/paths.ts';
import { changes, choice, later, overwrite, plugins } from './arguments/options.ts';
import { text, wholeNumber } from './arguments/take.ts';

/** How a backbone is meant exactly: `describe` and `weights convert` share it. */
const withChoice = (command: Command): Command =>
  command
    .addOption(
      choice('--stem <stem>', "first layers; the backbone's own default where nothing is said", [
        'cifar',
        'imagenet',
      ]),
    )
    .option('--classes <n>', 'classes of the last layer', wholeNumber(1, 100_000))
    .option(
      '--size <pixels>',
      "side of the images; the stem's own where nothing is said",
      wholeNumber(1, 2048),
    )
    .addOption(changes('an option of the backbone, such as width=0.25'))
    .addOption(plugins());

const addDescribe = (root: Command): void => {
  withChoice(
    root
      .command('describe')
      .description('show what a backbone is made of: stages, taps, heads, parameters, multiply-adds')
      .argument('<backbone>', 'a name from: understory list backbones', text()),
  )
    .option('--head <name>', 'projection head to hang on the taps', text(), 'sepconv')
    .option('--svg <file>', 'draw it, with the heads below the taps that they hang on', outputFile)
    .addOption(overwrite('replace a file that is there', '--svg'))
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/describe.ts')).describe));
};

const addWeights = (root: Command): void => {
  const weights = root
    .command('weights')
    .description('look into files of weights, and convert them from and to other code');
  weights
    .command('inspect')
    .description('list the tensors of a file: safetensors, or what torch.save wrote')
    .argument('<file>', '.safetensors, .pt, .pth or .bin; no code in it is ever run', inputFile)
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/weights.ts')).inspect));
  withChoice(
    weights
      .command('convert')
      .description("write a file's weights as safetensors; with --backbone, under another code's names")
      .argument('<in>', '.safetensors, .pt, .pth or .bin, or a checkpoint of a run', inputFile)
      .argument('<out>', 'the safetensors file to write', outputFile)
      .option('--backbone <name>', 'the network that the weights belong to; every weight is checked', text())
      .option(
        '--from <code>',
        'whose names the file has: torchvision, timm, official, zoo, cifar, children, understory',
        text(),
      )
      .option('--to <code>', 'whose names to write; understory where nothing is said', text())
      .option(
        '--prefix <text>',
        'what stands before the names; found by itself where nothing is said',
        text(),
      )
      .addOption(overwrite('replace a file that is there')),
  ).action(later(async () => (await import('./commands/weights.ts')).convert));
};

/** Commands on networks that are not trained yet, and on their weights. */
export const addBackbones = (root: Command): void => {
  addDescribe(root);
  addWeights(root);
};
