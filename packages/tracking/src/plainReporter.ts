import {
  briefly,
  counted,
  dataLine,
  toldSplit,
  type DoneEvent,
  type EpochEvent,
  type Reporter,
  type StartEvent,
} from '@understory/core';

const duration = (seconds: number): string => {
  if (seconds < 99.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const values = (named: Readonly<Record<string, number>>): string =>
  Object.entries(named)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join('  ');

const startLine = ({ run, engine, epochs, stepsPerEpoch, step, parameters }: StartEvent): string => {
  const from = step > 0 ? `, going on at step ${step}` : '';
  const heads = parameters.heads > 0 ? ` and ${parameters.heads} in heads` : '';
  const size = `${parameters.inference} parameters${heads}`;
  return `${run}: ${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')}${from}; ${size}; ${engine}`;
};

type Told = Pick<StartEvent, 'epochs' | 'details'>;

const epochLine = (event: EpochEvent, start: Told): string => {
  const { epochs } = start;
  const number = String(event.epoch + 1).padStart(String(epochs).length);
  const parts = [
    `epoch ${number}/${epochs}`,
    `loss ${event.loss.toFixed(4)}`,
    values(event.terms),
    values(briefly(event.metrics, start)),
    duration(event.seconds),
    event.best ? 'best so far' : '',
  ];
  return parts.filter(Boolean).join('  ');
};

const doneLine = ({ aborted, result, step, seconds }: DoneEvent, start: Told): string => {
  if (aborted) return `stopped after ${counted(step, 'step')}, ${duration(seconds)}; it can be resumed`;
  if (!result) return `done in ${duration(seconds)}`;
  const chosen = result.selectOn === 'test' ? ', chosen on the test set itself' : '';
  const split = toldSplit(result);
  const best = `best weights (epoch ${result.bestEpoch + 1}${chosen}) on ${split}: ${values(briefly(result.best[split], start))}`;
  return `done in ${duration(seconds)}; ${best}; last weights: ${values(briefly(result.last[split], start))}`;
};

/** One line at the start, one an epoch, one at the end: for logs, and wherever no terminal listens. */
export const plainReporter = (write: (text: string) => void): Reporter => {
  let start: Told = { epochs: 0 };
  return {
    report(event) {
      if (event.type === 'start') {
        start = event;
        write(`${startLine(event)}\n`);
        if (event.data) write(`${dataLine(event.data)}\n`);
      } else if (event.type === 'epoch') write(`${epochLine(event, start)}\n`);
      else if (event.type === 'done') write(`${doneLine(event, start)}\n`);
    },
  };
};
