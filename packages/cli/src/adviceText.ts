import { counted } from '@understory/core';
import { duration, grew, signOf, type Advice, type TapAdvice } from '@understory/runs';
import { textTable } from './text.ts';

const SAYS: Readonly<Record<TapAdvice['verdict'], string>> = {
  helps: 'helps',
  hurts: 'hurts',
  idle: 'nothing seen',
  unclear: 'unclear',
};

const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
const share = (value: number): string => `${(100 * value).toFixed(1)} %`;

const table = ({ taps }: Advice): string =>
  textTable(
    [
      'stage',
      'its loss',
      'agreement with the task',
      'strength',
      'classes by neighbours: with',
      'without',
      'own loss',
    ],
    taps.map(({ tap, verdict, agreement, strength, knows, loss }) => [
      tap,
      SAYS[verdict],
      `${signed(agreement.mean, 4)} ± ${agreement.error.toFixed(4)}`,
      `${strength.toFixed(2)}×`,
      knows ? share(knows.with) : '',
      knows ? share(knows.without) : '',
      `${loss.first.toFixed(2)} → ${loss.last.toFixed(2)}`,
    ]),
  );

const KEY = [
  'agreement: cosine of what the stage’s own loss and the task ask of its output for an image, ± one standard error.',
  'strength: how hard its own loss pulls at the weights up to it, beside the task. classes by neighbours: validation',
  'images whose class the 20 most similar training images tell, by what the stage makes of them.',
].join('\n');

/** Why a stage is said to help or not, in words. */
const reason = (tap: TapAdvice): string => {
  const { agreement, knows, verdict, strength, factor, loss } = tap;
  const pull = signOf(agreement);
  const pulls = [
    'pulls against the task',
    'pulls neither with the task nor against it',
    'pulls with the task',
  ][pull + 1]!;
  const { gain } = knows ?? {};
  const known =
    gain &&
    (signOf(gain) !== 0
      ? `the stage knows ${gain.mean > 0 ? 'more' : 'less'} of the classes with it (${signed(100 * gain.mean, 1)} points)`
      : `what the stage knows of the classes differs by no more than chance (${signed(100 * gain.mean, 1)} ± ${(100 * gain.error).toFixed(1)} points)`);
  const stands = Math.abs(loss.last - loss.first) < 0.005 * Math.abs(loss.first);
  const still = grew(tap)
    ? 'it grows while it is trained (is its weight negative?)'
    : stands
      ? 'it stands still while it is trained'
      : '';
  const said = [pulls, known ?? '', still].filter((part) => part !== '').join('; ');
  const outcome = {
    helps:
      factor !== undefined && factor < 1
        ? `Keep it, at ${factor} of its weight: it pulls ${strength.toFixed(1)} times as hard as the task.`
        : 'Keep it.',
    hurts: 'Leave it out.',
    idle: 'Nothing shows that it does anything for the task: leave it out, or look again with more epochs.',
    unclear: 'Keep it for now, and look again with more seeds.',
  }[verdict];
  return `${said}. ${outcome}`;
};

const reasons = ({ taps }: Advice): string =>
  taps.map((tap) => `${tap.tap}: its loss ${reason(tap)}`).join('\n');

const what = ({ seeds, epochs, images, tried, compared, seconds }: Advice): string => {
  const runs = `${counted(seeds, 'seed')}, ${counted(epochs, 'epoch')} of ${counted(images.train, 'training image')} each`;
  const way = compared ? ', with losses on the stages and without' : '';
  const cds = tried
    ? '\nThe config has no loss on any stage: contrastive deep supervision was tried on all but the last.'
    : '';
  return `Short runs: ${runs}${way}; measured on ${counted(images.measured, 'validation image')}. ${duration(seconds)}.${cds}`;
};

const doubts = ({ seeds, compared }: Advice): string => {
  const one =
    seeds === 1
      ? 'One seed: the errors are of batches and images, and not of another start. With --seeds 3 they are of all.'
      : `The errors are of ${seeds} seeds, which is few: a verdict near two errors may turn.`;
  const short =
    'A short run sees how learning begins. Whether a stage’s loss pays off at the end, only whole runs tell: understory compare.';
  const alone = compared
    ? ''
    : ' There is no task beside the stages’ losses, so there is nothing to agree with.';
  return `How sure this is: ${one} ${short}${alone}`;
};

const snippet = (advice: Advice): string => {
  const { objectives, fixed, dropped, taps } = advice;
  const same = taps.every(({ factor }) => factor === 1);
  if (same) return 'The config may stay as it is.';
  const notes = [
    ...dropped.map((name) => `# ${name} is left out: none of its stages is kept.`),
    ...fixed.map((name) => `# ${name} has no option for its stages: change it by hand.`),
  ];
  const lines = objectives.map((spec) => `  - ${JSON.stringify(spec)}`);
  return ['Proposed for the config:', '', 'objectives:', ...lines, ...notes].join('\n');
};

/** What short runs say of a config's losses on stages, for people. */
export const adviceText = (advice: Advice): string => {
  if (advice.taps.length === 0)
    return `${what(advice)}\n\nNo objective of the config has a loss on a stage by the stage’s name, so there is nothing to advise on.`;
  const parts = [what(advice), table(advice), KEY, reasons(advice), doubts(advice), snippet(advice)];
  return parts.join('\n\n');
};
