import type { Command } from 'commander';
import { choice, evaluators, later } from './arguments/options.ts';
import { inputFolder } from './arguments/paths.ts';
import { measuringOptions } from './arguments/workers.ts';
import { fileOrName, wholeNumber } from './arguments/take.ts';
import { afterHelp } from './output/help.ts';

const EXAMPLES = `  understory evaluate runs/mine --with knn,linear-probe
  understory evaluate runs/mine --with '[knn, { k: 200, of: [pooled, tap/stage2] }]'
  understory evaluate runs/mine --on flowers.yaml`;

/** `understory evaluate`. */
export const addEvaluate = (root: Command): void => {
  const command = root
    .command('evaluate')
    .description("measure a run's network on a split of its dataset")
    .argument('<run>', 'folder of a run', inputFolder)
    .addOption(choice('--checkpoint <name>', 'which weights', ['best', 'last'], 'best'))
    .addOption(choice('--split <name>', 'which images', ['train', 'validation', 'test'], 'test'))
    .option('--classes', 'precision, recall and F1 of each class, and what is taken for what', false)
    .option('--temperature', 'fit a temperature on validation: calibration before and after', false)
    .option('--views <n>', "also the mean over n views: mirrored, and the run's own", wholeNumber(2, 64))
    .option('--exits', 'a classifier at each tap, calibrated: what leaving early costs and spares', false)
    .addOption(evaluators())
    .option('--corruptions', 'errors of images made worse in 14 ways and 5 strengths: 71 passes', false)
    .option(
      '--outside <dataset>',
      'how well other data are told from its own: out of distribution',
      fileOrName,
    )
    .option('--on <dataset>', 'a dataset by name, or a config: what the embedding knows of it', fileOrName)
    .option('--json', 'print JSON', false)
    .addHelpText('after', () => afterHelp([EXAMPLES]))
    .action(later(async () => (await import('./commands/evaluate.ts')).evaluate));
  for (const option of measuringOptions()) command.addOption(option);
};
