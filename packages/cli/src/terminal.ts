import {
  callbacks,
  dataLine,
  type EpochEvent,
  type Reporter,
  type StartEvent,
  type StepEvent,
  type WorkerSpeed,
} from '@understory/core';
import {
  duration,
  epochText,
  speedometer,
  startText,
  termsText,
  workersText,
  type Listeners,
} from '@understory/runs';
import cliProgress from 'cli-progress';
import { paint } from './output/paint.ts';
import { print, say, tell, volumeIs } from './output/voice.ts';
import { columnsOf, fitted, wrapTo } from './output/width.ts';
import { preparation, progressLines } from './progress.ts';

export { say };

interface Screen {
  start(event: StartEvent): void;
  step(event: StepEvent, total: number, status: string): void;
  line(text: string): void;
  stop(): void;
}

/** Columns of a bar, and of the narrowest terminal that has room for one beside the numbers. */
const BAR = 20;
const WIDE = 70;

const interactive = (): Screen => {
  const bar = new cliProgress.SingleBar(
    {
      format: (options, params, payload: { status?: string }) => {
        const percent = `${Math.floor(params.progress * 100)} %`;
        const isWide = width() >= WIDE;
        const drawn = isWide ? `  ${cliProgress.Format.BarFormat(params.progress, options)} ` : '';
        return `${drawn}${percent}  ${payload.status ?? ''}`.slice(0, width() - 1);
      },
      barsize: BAR,
      hideCursor: true,
      clearOnComplete: true,
      fps: 5,
    },
    cliProgress.Presets.rect,
  );
  const width = (): number => columnsOf() ?? 100;
  return {
    start: ({ epochs, stepsPerEpoch, step }) =>
      bar.start(epochs * stepsPerEpoch, step, { status: 'compiling the step' }),
    step: (event, _total, status) => bar.update(event.step + 1, { status }),
    line(text) {
      // Clears the bar's line; the bar draws itself again below.
      process.stdout.write(`\r\u001b[K${fitted(text)}\n`);
    },
    stop: () => bar.stop(),
  };
};

/** Nothing: where a command is to be quiet. */
const silent: Screen = {
  start: () => undefined,
  step: () => undefined,
  line: () => undefined,
  stop: () => undefined,
};

/** For logs: a line every ten seconds, or every second where all is to be told; nothing redrawn. */
const plain = (write: (line: string) => void): Screen => {
  const every = volumeIs('verbose') ? 1000 : 10_000;
  let last = performance.now();
  return {
    start: () => undefined,
    step(event, total, status) {
      if (performance.now() - last < every) return;
      last = performance.now();
      write(`  step ${event.step + 1}/${total}  ${status}`);
    },
    line: write,
    stop: () => undefined,
  };
};

/** What an epoch brought: its numbers alone where the terminal has no room for the terms of its loss. */
const epochLine = (event: EpochEvent, run: Parameters<typeof epochText>[1]): string => {
  const whole = epochText(event, run);
  const columns = columnsOf() ?? Infinity;
  const line = whole.length + 2 > columns ? epochText(event, { ...run, brief: true }) : whole;
  const [first = '', ...others] = wrapTo(`  ${line}`, columns, '    ');
  const painted = event.best ? `  ${paint('green', first.trim())}` : first;
  return [painted, ...others].join('\n');
};

/** Whether an epoch lasts so long that its workers are told of within it. */
const isLong = ({ stepsPerEpoch }: Pick<StartEvent, 'stepsPerEpoch'>): boolean => stepsPerEpoch > 500;

/** Each worker's speed, as far as the terminal has room. */
const workersLine = (workers: readonly WorkerSpeed[]): string => {
  const columns = (process.stdout.isTTY ? columnsOf() : undefined) ?? 120;
  return `  ${workersText(workers, columns - 2)}`;
};

const screenOf = (): Screen => {
  if (volumeIs('quiet')) return silent;
  return process.stdout.isTTY ? interactive() : plain(print);
};

/** Shows a run in a terminal: progress, terms of the loss, images a second and time left; plain lines in a log. */
export const terminalReporter = (screen: Screen = screenOf()): Reporter => {
  const { add, speed } = speedometer();
  let total = 0;
  let run: Pick<StartEvent, 'epochs' | 'stepsPerEpoch' | 'units' | 'details'> = {
    epochs: 0,
    stepsPerEpoch: 0,
  };
  // What matters most comes first: a narrow terminal shows only that.
  const status = (event: StepEvent): string => {
    const { imagesPerSecond, secondsPerStep } = speed();
    const left = duration((total - event.step - 1) * secondsPerStep);
    const first = `epoch ${event.epoch + 1}/${run.epochs}  loss ${event.loss.toFixed(2)}  ${left} left`;
    return `${first}  ${Math.round(imagesPerSecond)} images/s  (${termsText(event.terms)})`;
  };
  const told = callbacks({
    start(event) {
      run = event;
      total = event.epochs * event.stepsPerEpoch;
      screen.line(startText(event));
      if (event.data) screen.line(dataLine(event.data));
      screen.start(event);
    },
    step(event) {
      add(event);
      screen.step(event, total, status(event));
      if (event.workers && isLong(run)) screen.line(workersLine(event.workers));
    },
    epoch(event) {
      screen.line(epochLine(event, run));
      if (event.workers) screen.line(workersLine(event.workers));
    },
    done: () => screen.stop(),
  });
  return { ...told, close: () => screen.stop() };
};

/** Runs that are trained one after the other. */
export const inTerminal: Listeners = {
  reporters: () => [terminalReporter()],
  onProgress: preparation(),
  say,
};

/** Lines of one run among others begin with its name. */
const named =
  (run: string) =>
  (line: string): void =>
    tell(line.startsWith(run) ? line : `${run}  ${line.trim()}`);

/** Runs that are trained at the same time: nothing is redrawn. */
export const sideBySide: Listeners = {
  reporters: (run) => [terminalReporter(plain(named(run)))],
  onProgress: progressLines(say),
  say,
};
