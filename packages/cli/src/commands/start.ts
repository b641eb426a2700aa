import { checkConfig } from '@understory/config';
import { emojiMethods } from '@understory/recipes';
import { compare } from '../compare.ts';
import { showComparison } from '../showComparison.ts';
import { openRegistry, openRunner } from '@understory/runs';

interface StartOptions {
  readonly epochs: number;
  readonly seed: number;
  readonly runs: string;
}

/** The main job: the same network three ways, then a table and a page. */
export const start = async ({ epochs, seed, runs }: StartOptions): Promise<void> => {
  const registry = await openRegistry([], process.cwd());
  const contenders = emojiMethods.map(({ label, config }) => ({
    label,
    config: checkConfig({ ...config, epochs, seed }, registry),
  }));
  const runner = await openRunner(contenders[0]!.config.engine);
  process.stdout.write(
    `\nOne small network, three ways to supervise it, on drawings of emoji in nine categories.\n${runner.description}\n\n`,
  );
  const done = await compare({
    title: 'Emoji: one network, three ways to supervise it',
    ...{ contenders, registry, runner, runs },
    folder: process.cwd(),
    command: `npm start -- --epochs ${epochs} --seed ${seed}`,
  });
  if (done) showComparison(done);
  runner.dispose();
};
