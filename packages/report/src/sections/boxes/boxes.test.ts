import { float32, uint8, type Prediction } from '@understory/core';
import { expect, it } from 'vitest';
import { buildReport } from '../../buildReport.ts';
import { boxResults, detectors } from '../../detectors.test.data.ts';
import type { ReportInput } from '../../input.ts';
import { inputsOfKinds } from '../../kinds.test.data.ts';

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('\u202f', ' ');
const section = (page: string, id: string): string =>
  plain(new RegExp(`<section\\s+id="${id}"[\\s\\S]*?</section>`).exec(page)?.[0] ?? '');
const words = (markup: string): string => plain(markup.replaceAll(/<script[\s\S]*?<\/script>|<[^>]*>/g, ' '));

const input = detectors();
const page = buildReport(input);
const boxes = section(page, 'boxes');

it('tells average precision of each class and size for every method, and a dash where no true box is', () => {
  const text = words(boxes);
  expect(text).toContain('face 80 35.0 % 65.0 % 31.3 % 44.0 % 80.0 % 39.5 %');
  expect(text).toContain('background 0 – – – – – –');
  expect(text).toContain('small up to 32² pixels 80 35.0 % 65.0 % 31.3 % 44.0 % 80.0 % 39.5 %');
});

it('draws precision by recall up to the recall that is reached, on axes from nothing to all', () => {
  expect(boxes).toContain('<b>flag</b>, IoU from 0.75');
  expect(boxes).toMatch(
    /aria-label="Precision by recall of all classes, IoU from 0.5: baseline reaches a recall of 75 % at a precision of 79 %/,
  );
  expect(boxes.match(/class="chart"/g)).toHaveLength(8);
});

it('counts what is right and what goes wrong for every method, and from which probability on', () => {
  expect(words(boxes)).toContain('Boxes from a probability of 42 % on');
  expect(boxes).toContain('aria-label="right: baseline 180, contrastive deep supervision 216"');
  expect(boxes).toContain('aria-label="missed: baseline 60, contrastive deep supervision 24"');
});

it('shows the worst misses and false alarms of every method, twelve at most, with what is said and what is true', () => {
  const mistakes = section(page, 'box-mistakes');
  expect(mistakes.match(/class="cuts"/g)).toHaveLength(4);
  expect(mistakes.match(/<svg class="boxes"/g)).toHaveLength(2 * (7 + 12));
  expect(words(mistakes)).toContain('Animals &amp; Nature ? 97 % sure nothing is there drawings/0.png');
  expect(mistakes).toContain('aria-label="taken for another class; said: face, true: Animals &amp; Nature"');
});

it('is left out where no boxes were measured, and has no part of what a method does not tell', () => {
  expect(section(buildReport(inputsOfKinds().boxes), 'boxes')).toBe('');
  const bare = { ...boxResults([], 0.5), bySize: [], curves: [], errors: [], misses: [], falseAlarms: [] };
  const [first] = input.methods;
  const made = buildReport({ ...input, methods: [{ ...first!, boxes: bare }] });
  expect(section(made, 'boxes')).not.toMatch(/By size|By class|Precision by recall|NaN/);
  expect(section(made, 'box-mistakes')).toBe('');
});

const said = (probabilities: readonly number[]): Prediction => ({
  kind: 'boxes',
  boxes: probabilities.map((probability) => ({ class: 'face', probability, box: [1, 1, 9, 9] })),
});

const pictureOf = (prediction: Prediction, threshold: number | undefined): string => {
  const [first] = input.methods;
  const { boxes: measured, ...method } = first!;
  const given: ReportInput = {
    ...input,
    methods: [
      {
        ...method,
        examples: [prediction],
        ...(threshold !== undefined && { boxes: { ...measured!, threshold } }),
      },
    ],
    examples: {
      targets: { boxes: { kind: 'boxes', dtype: 'float32', shape: [3, 7] } },
      images: [
        {
          picture: uint8(new Uint8Array(16 * 16 * 3), [16, 16, 3]),
          targets: {
            boxes: float32([1, 1, 9, 9, 2, 0, 64, 2, 2, 8, 8, 3, 1, 36, 0, 0, 0, 0, 0, 0, 0], [3, 7]),
          },
        },
      ],
    },
  };
  return words(section(buildReport(given), 'predictions'));
};

it('draws no faint boxes where the probability from which on boxes count is known, and counts them', () => {
  const faint = Array.from({ length: 100 }, (_, i) => 0.9 / (1 + i));
  expect(pictureOf(said(faint), 0.4)).toContain('face 90 % face 45 % and 98 less likely ones');
  expect(pictureOf(said([0.1]), 0.4)).toContain('no box and 1 less likely one');
  expect(pictureOf(said(faint), undefined)).toContain('and 80 less likely ones');
});

it('names true boxes of a crowd, and counts rows without area as none', () => {
  expect(pictureOf(said([]), 0.4)).toContain('What is true 1 2 face flag (many together) ');
});

it('tells many boxes class by class, with the likeliest, the least likely and their number', () => {
  const many = [...Array.from({ length: 7 }, (_, i) => 0.9 - i / 100), 0.5, 0.5].map((p, i) => ({
    ...{ class: i < 7 ? 'face' : 'flag', probability: p },
    box: [1, 1, 9, 9] as const,
  }));
  expect(pictureOf({ kind: 'boxes', boxes: many }, 0.4)).toContain('face 90 % to 84 % × 7 flag 50 % × 2');
});
