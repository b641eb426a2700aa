import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { watchRuns } from './watchRuns.ts';

const step = { name: 'train' };

/** A run that ends when it is cancelled. */
const endless = (): { readonly running: Promise<never>; readonly cancel: () => void } => {
  let cancel = (): void => undefined;
  const running = new Promise<never>((_, reject) => {
    cancel = () => reject(new Error('cancelled'));
  });
  return { running, cancel };
};

it('gives up a run that takes far longer than those of its kind, with what to do', async () => {
  const { running, cancel } = endless();
  const watch = watchRuns(cancel, { patience: 0.05 });
  await watch(step, sleep(20));
  await expect(watch(step, running)).rejects.toThrow(
    /^Another worker has stopped answering: step "train" was not done after .*--worker-timeout/,
  );
});

it('gives up a kind that was never done after a time of its own, and names who cannot be reached', async () => {
  const { running, cancel } = endless();
  const options = { startPatience: 0.05, unreached: () => Promise.resolve('Worker 1 cannot be reached') };
  await expect(watchRuns(cancel, options)({ name: 'meet' }, running)).rejects.toThrow(
    /^Worker 1 cannot be reached: step "meet" was not done after .*--start-timeout/,
  );
});

it('waits longer for a kind that was never done, and lets a run tell what it fails with itself', async () => {
  const watch = watchRuns(() => undefined, { patience: 0.02 });
  await expect(watch(step, sleep(200, 'late'))).resolves.toBe('late');
  await expect(watch(step, Promise.reject(new Error('no such op')))).rejects.toThrow('no such op');
});

it('does not blame others where the event loop was held up meanwhile', async () => {
  const watch = watchRuns(() => expect.unreachable(), { patience: 0.02 });
  await watch(step, Promise.resolve());
  const running = sleep(1, 'done');
  const watched = watch(step, running);
  const busy = performance.now();
  while (performance.now() - busy < 120) continue;
  await expect(watched).resolves.toBe('done');
});
