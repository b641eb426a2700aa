import type { EngineProgress, OnProgress, Stage } from '@understory/engine';
import cliProgress from 'cli-progress';

const TITLES: Readonly<Record<Stage, string>> = {
  wait: 'waiting for another installation',
  download: 'fetching TensorFlow through pip',
  unpack: 'unpacking',
  compile: 'linking',
  done: 'done',
};

const amount = ({ done, total, unit }: EngineProgress): string => {
  if (unit === 'files') return total === null ? `${done} files` : `${done}/${total} files`;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return total === null ? `${megabytes(done)} MB` : `${megabytes(done)}/${megabytes(total)} MB`;
};

const bar = (): OnProgress => {
  const drawn = new cliProgress.SingleBar(
    { format: '  {what} {bar} {amount}', hideCursor: true, clearOnComplete: true },
    cliProgress.Presets.rect,
  );
  let started = false;
  return (progress) => {
    if (progress.stage === 'done') {
      if (started) drawn.stop();
      return;
    }
    const total = progress.total ?? Math.max(progress.done * 2, 1);
    const payload = { what: TITLES[progress.stage], amount: amount(progress) };
    if (started) drawn.setTotal(total);
    else drawn.start(total, 0, payload);
    started = true;
    drawn.update(progress.done, payload);
  };
};

/** For logs: a line when a stage begins, and every five seconds. */
const lines = (): OnProgress => {
  let stage = '';
  let last = 0;
  return (progress) => {
    if (progress.stage === 'done' || (progress.stage === stage && performance.now() - last < 5000)) return;
    stage = progress.stage;
    last = performance.now();
    process.stdout.write(`  ${TITLES[progress.stage]} ${progress.done > 0 ? amount(progress) : ''}\n`);
  };
};

/** Shows an installation: one bar in a terminal, lines in a log. */
export const engineProgress = (tty: boolean = process.stdout.isTTY): OnProgress => (tty ? bar() : lines());
