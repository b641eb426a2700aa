import { checkConfig } from '@understory/config';
import { EMOJI_EPOCHS, EMOJI_TITLE, emojiKept, emojiMethods } from '@understory/recipes';
import {
  keptSeeds,
  openRegistry,
  openRunner,
  settlePrecision,
  sharingPrecision,
  type Contender,
} from '@understory/runs';
import { compare } from '../comparison.ts';
import { keptSeedsText } from '../keptSeeds.ts';
import { say, tell } from '../output/voice.ts';

interface StartOptions {
  readonly epochs: number;
  readonly seed: number;
  readonly runs: string;
}

/** The main job: the same network three ways, then a table and a page. */
export const start = async ({ epochs, seed, runs }: StartOptions): Promise<void> => {
  const registry = await openRegistry([], process.cwd());
  const named = emojiMethods.map(({ label, config }) => ({
    label,
    config: checkConfig({ ...config, epochs, seed }, registry),
  })) as [Contender, ...Contender[]];
  const { engine } = await settlePrecision({ config: named[0].config, registry, folder: '.', say });
  const contenders = sharingPrecision(named, engine.precision);
  const runner = await openRunner(engine, say);
  tell('\nOne small network, three ways to supervise it, on drawings of emoji in nine categories.');
  tell(`${runner.description}\n`);
  // What they reached is of so many epochs.
  const kept = epochs === EMOJI_EPOCHS ? keptSeeds(emojiKept) : undefined;
  const compared = await compare({
    title: EMOJI_TITLE,
    ...(kept && { kept }),
    ...{ contenders, registry, runner, runs },
    folder: process.cwd(),
    command: `npm start -- --epochs ${epochs} --seed ${seed}`,
  });
  runner.dispose();
  if (compared && kept) process.stdout.write(`\n${keptSeedsText(kept)}`);
};
