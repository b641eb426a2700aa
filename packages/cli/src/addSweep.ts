import type { Goal, Search, StopRule } from '@understory/runs';
import type { Command } from 'commander';
import { configFile } from './arguments/paths.ts';
import { changes, choice, later, runsFolder } from './arguments/options.ts';
import { repeated, text, wholeNumber } from './arguments/take.ts';
import { afterHelp } from './output/help.ts';

const SEARCHES = ['grid', 'random', 'tpe'] as const satisfies readonly Search[];
const STOP_RULES = ['none', 'median', 'asha'] as const satisfies readonly StopRule[];
const GOALS = ['max', 'min'] as const satisfies readonly Goal[];

const EXAMPLES = `  understory sweep emoji.yaml --over objectives.1.weight=0.1,0.3,1 --seeds 3
  understory sweep emoji.yaml --over 'schedule.rate=log(0.01..0.2)' --over batch=64,128 --search tpe --trials 30 --stop median

A key takes values with commas between, or any number of a range: 0.1..1, log(0.01..0.2), whole(1..8), log-whole(16..256).
Each trial is a run of its own for each seed; all of them, sweep.json and sweep.html lie in <runs>/<name of the config>-sweep.`;

/** `understory sweep`. */
export const addSweep = (root: Command): void => {
  root
    .command('sweep')
    .description('search values of keys of a config that do best on validation; goes on where it was stopped')
    .argument('<config>', 'a .yaml, .json, .ts or .js file', configFile)
    .requiredOption(
      '--over <key=values>',
      'a key as --set has it, and its values or range; may be repeated',
      repeated(text(10_000)),
    )
    .addOption(changes('change a key of the config'))
    .addOption(
      choice('--search <name>', 'all combinations, at random, or by what is learnt (TPE)', SEARCHES, 'grid'),
    )
    .option('--trials <n>', 'combinations to try: all of a grid, else 20', wholeNumber(1, 10_000))
    .option('--seeds <n>', "runs of each trial, from the config's seed on", wholeNumber(1, 1000), 1)
    .option('--jobs <n>', 'trials to train at a time, each in a process of its own', wholeNumber(1, 256), 1)
    .option('--measure <name>', "the number to go by; the config's first metric by default", text())
    .addOption(choice('--goal <goal>', 'of a measure that is no metric, as an evaluator has them', GOALS))
    .addOption(choice('--at <weights>', 'which weights are measured', ['last', 'best'], 'last'))
    .addOption(choice('--stop <rule>', 'which runs are stopped early', STOP_RULES, 'none'))
    .option(
      '--grace <epochs>',
      'with --stop: epochs that every run has; a quarter of them',
      wholeNumber(1, 100_000),
    )
    .option('--test', 'look at the test images as well, without choosing by them', false)
    .option('--retry', 'train trials again that failed', false)
    .addOption(runsFolder())
    .addHelpText('after', () => afterHelp([EXAMPLES]))
    .action(later(async () => (await import('./commands/sweep.ts')).sweep));
};
