// A thread that tells who launched this process that it is alive: also while the main thread traces a step, and not while the
// process is stopped.
import { writeSync } from 'node:fs';
import { BEAT, BEAT_PIPE } from './beats.ts';

const beat = (): void => {
  try {
    writeSync(BEAT_PIPE, '.');
  } catch {
    // Nobody listens any more: the main thread is told by itself.
  }
};

beat();
setInterval(beat, BEAT);
