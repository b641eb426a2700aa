import { checkConfig } from '@understory/config';
import { emojiMethods } from '@understory/recipes';
import { compare } from '../compare.ts';
import { showComparison } from '../showComparison.ts';
import { openRegistry, openRunner } from '../session.ts';
import { wholeNumber } from '../wholeNumber.ts';

interface StartOptions {
  readonly epochs: string;
  readonly seed: string;
  readonly runs: string;
}

/** The main job: the same network three ways, then a table and a page. */
export const start = async ({ epochs, seed, runs }: StartOptions): Promise<void> => {
  const changed = { epochs: wholeNumber('--epochs', epochs, 1), seed: wholeNumber('--seed', seed, 0) };
  const registry = await openRegistry([], process.cwd());
  const contenders = emojiMethods.map(({ label, config }) => ({
    label,
    config: checkConfig({ ...config, ...changed }, registry),
  }));
  const runner = await openRunner(contenders[0]!.config.engine);
  process.stdout.write(
    `\nOne small network, three ways to supervise it, on drawings of emoji in nine categories.\n${runner.description}\n\n`,
  );
  const done = await compare({
    title: 'Emoji: one network, three ways to supervise it',
    ...{ contenders, registry, runner, runs },
    folder: process.cwd(),
    command: `npm start -- --epochs ${changed.epochs} --seed ${changed.seed}`,
  });
  if (done) showComparison(done);
  runner.dispose();
};
