import { BOX_KINDS } from '@understory/core';
import type { AnnotatedBox, Corners } from '../annotated.ts';
import { badAnnotation, numberOf, textOf } from '../annotationText.ts';

/** Longest line, in characters: an outline has some hundred corners. */
const MAX_LINE = 2 ** 16;

/** Numbers of a line: a box (class, centre x, centre y, width, height), or an outline (class, x, y, x, y, x, y, …). */
const isOutline = (numbers: readonly number[]): boolean => numbers.length >= 7 && numbers.length % 2 === 1;

const boxOf = ([, x = NaN, y = NaN, width = NaN, height = NaN]: readonly number[]): Corners => [
  y - height / 2,
  x - width / 2,
  y + height / 2,
  x + width / 2,
];

/** The box around an outline. */
const aroundOf = (numbers: readonly number[]): Corners => {
  const across = numbers.filter((_, i) => i % 2 === 1);
  const down = numbers.filter((_, i) => i > 0 && i % 2 === 0);
  return [Math.min(...down), Math.min(...across), Math.max(...down), Math.max(...across)];
};

/** Shares of the picture's sides as pixels. */
const inPixels = (
  [top, left, bottom, right]: Corners,
  [height, width]: readonly [number, number],
): Corners => [top * height, left * width, bottom * height, right * width];

const numbersOf = (line: string): number[] =>
  line.split(/\s+/).map((word) => {
    const number = numberOf(word);
    if (number === undefined) throw badAnnotation(`${JSON.stringify(word.slice(0, 40))} is no number`);
    return number;
  });

const lineBox = (line: string, classes: readonly string[], size: readonly [number, number]): AnnotatedBox => {
  if (line.length > MAX_LINE) throw badAnnotation(`it is over ${MAX_LINE} characters long`);
  const numbers = numbersOf(line);
  if (numbers.length !== 5 && !isOutline(numbers))
    throw badAnnotation(
      `it has ${numbers.length} numbers; expected class, centre x, centre y, width, height, or class and an outline's corners`,
    );
  const className = classes[numbers[0] ?? -1];
  if (className === undefined)
    throw badAnnotation(
      `class ${numbers[0]}; the dataset names ${classes.length}, from 0 to ${classes.length - 1}`,
    );
  const corners = inPixels(numbers.length === 5 ? boxOf(numbers) : aroundOf(numbers), size);
  return { corners, className, kind: BOX_KINDS.ordinary };
};

/**
 * One label file of YOLO's text format, for a picture of this size. Errors: `bad-annotation`, with the line's number and the
 * reason alone.
 */
export const parseYolo = (
  bytes: Uint8Array,
  classes: readonly string[],
  size: readonly [height: number, width: number],
): AnnotatedBox[] =>
  textOf(bytes)
    .split(/\r\n|\r|\n/)
    .flatMap((line, i) => {
      const trimmed = line.trim();
      if (trimmed === '') return [];
      try {
        return [lineBox(trimmed, classes, size)];
      } catch (error) {
        throw badAnnotation(`line ${i + 1}: ${error instanceof Error ? error.message : ''}`, error);
      }
    });
