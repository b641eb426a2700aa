import { cut } from '@understory/core';
import type { ExitsResult } from '@understory/runs';
import { textTable } from '../text.ts';
import { indented, numberText } from './numbersText.ts';

/** Most characters of an exit's name, and of a line of a table. */
const NAME = 8;
const WIDTH = 78;

/** Thresholds of the curve that are shown; JSON has all. */
const SHOWN = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, Infinity];

/** Millions, as many digits for all counts of a network of `whole`. */
const millions = (count: number, whole: number): string => (count / 1e6).toFixed(whole < 1e8 ? 2 : 0);
const plain = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits));
const percent = (part: number, digits = 0): string =>
  Number.isNaN(part) ? '–' : `${(100 * part).toFixed(digits)} %`;

const exitTable = ({ exits, whole }: ExitsResult): string =>
  textTable(
    ['exit', 'M mult-adds', 'of all', 'right', 'NLL', 'after', 'ECE', 'after', 'T'],
    exits.map(({ name, multiplyAdds, accuracy, before, after, temperature }) => [
      ...[
        cut(name, NAME),
        millions(multiplyAdds, whole),
        percent(multiplyAdds / whole),
        numberText(accuracy),
      ],
      ...[plain(before.nll, 3), plain(after.nll, 3), percent(before.ece, 1), percent(after.ece, 1)],
      temperature.toPrecision(3),
    ]),
  );

const thresholdText = (threshold: number): string =>
  threshold === Infinity ? 'never' : threshold.toFixed(2);

/** Accuracy against multiply-adds; with the share that leaves at each exit where lines stay short enough. */
const curveTable = ({ exits, whole, curve }: ExitsResult): string => {
  const made = (names: readonly string[]): string =>
    textTable(
      ['from', 'M mult-adds', 'of all', 'right', ...names],
      curve
        .filter(({ threshold }) => SHOWN.includes(threshold))
        .map(({ threshold, cost, accuracy, shares }) => [
          ...[thresholdText(threshold), millions(cost, whole), percent(cost / whole), numberText(accuracy)],
          ...names.map((_, e) => percent(shares[e] ?? 0)),
        ]),
    );
  const full = made(exits.map(({ name }) => cut(name, NAME)));
  return full.split('\n').every(({ length }) => length <= WIDTH) ? full : made([]);
};

const chosenText = ({ threshold, chosen, exits, whole, fitted }: ExitsResult): string => {
  const alone = numberText(exits.at(-1)?.accuracy);
  const on = `${fitted} validation images`;
  if (threshold === Infinity) return `No threshold spares anything without loss on ${on}.`;
  return [
    `From a probability of ${threshold.toFixed(2)}, chosen on ${on}: ${numberText(chosen.accuracy)} right`,
    `at ${millions(chosen.cost, whole)} M multiply-adds, ${percent(chosen.cost / whole)} of the network's; it alone: ${alone}.`,
  ].join('\n');
};

/** What each exit is worth by itself, what was chosen, and accuracy against multiply-adds. */
export const exitsText = (result: ExitsResult): string => {
  const { exits, learned } = result;
  const sources = exits.slice(0, -1).map(({ name, from }) => `${cut(name, NAME)}: ${from}`);
  const head = learned > 0 ? [`fitted to ${learned} training images where nothing was trained`] : [];
  return indented(
    [
      ...['early exits', ...sources, ...head, '', exitTable(result), ''],
      ...[chosenText(result), '', curveTable(result)],
    ].join('\n'),
  );
};
