import path from 'node:path';
import { openComparison, openRunner, settlePrecision, sharingPrecision } from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { compare as trainAndShow } from '../comparison.ts';
import { seedDifferences, seedTable } from '../seedTable.ts';
import { preparation } from '../progress.ts';
import { tellChoices } from '../tellChoices.ts';
import { say, tell } from '../output/voice.ts';

interface CompareOptions {
  readonly set: readonly string[];
  readonly seeds: number;
  readonly runs: string;
}

/** `understory compare <configs…>`: every config with every seed, a report for each seed, a table over all. */
export const compare = async (
  files: readonly [string, ...string[]],
  { seeds, ...options }: CompareOptions,
): Promise<void> => {
  const listeners = { say, onProgress: preparation() };
  const { contenders, choices, ...opened } = await openComparison(files, options.set, listeners);
  for (const [name, made] of choices) {
    if (made.length > 0) tell(name);
    tellChoices(made, tell);
  }
  const first = contenders(0);
  const { engine } = await settlePrecision({ ...opened, config: first[0].config, say });
  const runner = await openRunner(engine, say);
  tell(`${runner.description}\n`);
  const words = ['understory', 'compare', ...files.map((file) => path.relative('.', file))];
  const command = shellCommand([...words, ...(seeds > 1 ? ['--seeds', String(seeds)] : [])], options);
  const title = first.map(({ label }) => label).join(', ');
  const all = [];
  for (let offset = 0; offset < seeds; offset++) {
    const shared = { ...opened, runner, runs: options.runs, title, command };
    const done = await trainAndShow({
      ...shared,
      contenders: sharingPrecision(contenders(offset), engine.precision),
    });
    if (!done) break;
    all.push(done);
  }
  if (all.length > 1)
    process.stdout.write(
      `\n${[seedTable(all), 'Mean of the differences seed by seed, with its 95 % interval:', ...seedDifferences(all)].join('\n')}\n`,
    );
  else if (seeds === 1 && first.length > 1 && all.length === 1)
    process.stdout.write(
      '\nOne seed each: nobody can tell whether chance makes the difference. With --seeds 3 it has an interval.\n',
    );
  runner.dispose();
};
