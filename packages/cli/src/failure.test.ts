import { readFile } from 'node:fs/promises';
import { UnderstoryError } from '@understory/core';
import { temporaryFolder } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { failureOf } from './failure.ts';

const thrown = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an error is told', () => {
  it('as it is, where a user can mend it', () => {
    const error = new UnderstoryError('options', '--top is 9. Ask for 3 at most.');
    expect(failureOf(error, 'understory predict')).toEqual({ text: error.message, code: 1 });
  });

  it('with path and cure, where the system refused a file', async () => {
    const place = `${temporaryFolder()}/nowhere`;
    const { text, code } = failureOf(await thrown(readFile(place)), 'understory replay');
    expect(text).toBe(
      `understory replay was refused by the system: ${place}: it does not exist. Check the spelling, and the folder from which it counts.`,
    );
    expect(code).toBe(1);
    const folder = failureOf(await thrown(readFile(temporaryFolder())), 'understory replay');
    expect(folder.text).toMatch(/it is a folder\. Name a file\.$/);
  });

  it('as a fault of the software otherwise, with the way to its stack', () => {
    const { text, code } = failureOf(new TypeError('x is not a function\nat once'), 'understory train');
    expect(text).toBe(
      'understory train failed: x is not a function. This is a fault in Understory or in a plugin. UNDERSTORY_DEBUG=1 shows where it arose.',
    );
    expect(code).toBe(70);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'out of luck'],
    ['an object', { status: 3 }],
    ['an error without words', new RangeError()],
  ])('in one message, where %s was thrown', (_, error) => {
    const { text, code } = failureOf(error, 'understory list');
    expect(text).toMatch(/^understory list failed: \S.*\. This is a fault in Understory or in a plugin\./);
    expect(code).toBe(70);
  });

  it('whole, where it is what a run found', () => {
    const message = `FusedConv2D went wrong first, of ${'🐷 pig (google), '.repeat(100)}and no more.`;
    expect(failureOf(new UnderstoryError('not-finite', message), 'understory train').text).toBe(message);
  });

  it('in under 400 characters that move no cursor, with its end', () => {
    const words = `\u001b[2J${'no end '.repeat(500)}Cure: give less.`;
    for (const message of [words, `${'x'.repeat(9000)} Cure: give less.`]) {
      const { text } = failureOf(new UnderstoryError('options', message), 'understory list');
      expect(text.length).toBeLessThan(390);
      expect(text).toMatch(/Cure: give less\.$/);
      expect(text).not.toContain('\u001b');
    }
  });
});
