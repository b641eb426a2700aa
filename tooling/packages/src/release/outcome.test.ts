import { describe, expect, it } from 'vitest';
import { countText, exitCode, outcomeText, tried, type Outcome } from './outcome.ts';
import { FailedLine, type User } from './user.ts';

const outcome = (state: Outcome['state']): Outcome => ({ what: 'it', state, seconds: 61 });
const nobody: User = {
  ...{ home: '', upstream: 'http://127.0.0.1:9/', folder: (name) => name },
  run: () => Promise.reject(new Error('nobody runs anything')),
};

describe('a rehearsal ends', () => {
  it.each([
    [[outcome('ok')], 0, '1 ok, 0 failed, 0 left out'],
    [[outcome('ok'), outcome('left out')], 2, '1 ok, 0 failed, 1 left out'],
    [[outcome('left out'), outcome('failed'), outcome('ok')], 1, '1 ok, 1 failed, 1 left out'],
  ])('with a count and a code that tells failures from what could not be tried: %#', (all, code, text) => {
    expect(exitCode(all)).toBe(code);
    expect(countText(all)).toBe(text);
  });
});

it('what fails of our own is a failure, told with its reason below', async () => {
  const failed = await tried(nobody, 'it', () =>
    Promise.reject(new FailedLine('npm install', '404 Not Found - GET http://x.org/@understory%2fcore')),
  );
  expect(failed).toMatchObject({ state: 'failed', what: 'it' });
  expect(outcomeText({ ...failed, seconds: 61 })).toBe(
    'failed     61 s  it\n  $ npm install\n  404 Not Found - GET http://x.org/@understory%2fcore',
  );
});
