import { expect, it } from 'vitest';
import { resizeBilinear, resizeInTurns } from './image/resizeBilinear.ts';
import { atOnce, inTurns } from './turns.ts';

/** Work of `steps` pauses that notes its name at each. */
function* noting(name: string, steps: number, into: string[]): Generator<void, string> {
  for (let i = 0; i < steps; i++) {
    into.push(name);
    const until = performance.now() + 1;
    while (performance.now() < until);
    yield;
  }
  return name;
}

it('work in turns lets others of the event loop in, and one work after another', async () => {
  const notes: string[] = [];
  let others = 0;
  const timer = setInterval(() => others++, 1);
  const done = await Promise.all(['a', 'b'].map((name) => inTurns(noting(name, 40, notes))));
  clearInterval(timer);
  expect(done).toEqual(['a', 'b']);
  expect(notes.join('')).toBe('a'.repeat(40) + 'b'.repeat(40));
  expect(others).toBeGreaterThan(4);
});

it('work that fails lets the next begin', async () => {
  const failing = function* (): Generator<void, never> {
    throw new Error('no');
  };
  const failed = inTurns(failing());
  const next = inTurns(noting('a', 1, []));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('a');
  expect(atOnce(noting('b', 2, []))).toBe('b');
});

it('a picture is enlarged in turns to the same numbers', async () => {
  const data = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  const source = { data, height: 30, width: 20 };
  const whole = resizeBilinear(source, [600, 400]);
  expect(await resizeInTurns(source, [600, 400])).toEqual(whole);
  const part = await resizeInTurns(source, [600, 400], { top: 100, left: 37, size: [50, 60] });
  for (const [y, x] of [
    [0, 0],
    [49, 59],
    [20, 30],
  ] as const) {
    const at = ((y + 100) * 400 + x + 37) * 3;
    expect(part.data.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3)).toEqual(
      whole.data.subarray(at, at + 3),
    );
  }
});
