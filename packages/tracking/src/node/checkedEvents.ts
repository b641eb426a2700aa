import { isCount, isObject, UnderstoryError, type RunEvent } from '@understory/core';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isNumber: Check = (value) => typeof value === 'number';
const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => typeof value === 'string' && Number.isFinite(Date.parse(value));
const isFlag: Check = (value) => typeof value === 'boolean';
const areNumbers: Check = (value) => isObject(value) && Object.values(value).every(isNumber);
const areTexts: Check = (value) => isObject(value) && Object.values(value).every(isText);
const isListOfTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const object =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) && Object.entries(shape).every(([key, check]) => check(value[key]));

const SPEED = object({ imagesPerSecond: isNumber, waiting: isNumber, inSums: isNumber });
const areSpeeds: Check = (value) => Array.isArray(value) && value.every(SPEED);

const SPLITS = object({ validation: areNumbers, test: areNumbers });
const RESULT = object({ selectOn: isText, bestEpoch: isNumber, last: SPLITS, best: SPLITS });

/** What the lines of each type hold, of what readers of a run rely on. */
const EVENTS: Readonly<Record<RunEvent['type'], Shape>> = {
  start: {
    time: optional(isTime),
    run: isText,
    engine: isText,
    epochs: isCount,
    stepsPerEpoch: isCount,
    step: isCount,
    units: optional(areTexts),
    details: optional(isListOfTexts),
  },
  step: { step: isCount, epoch: isCount, loss: isNumber, terms: areNumbers, workers: optional(areSpeeds) },
  epoch: {
    epoch: isCount,
    step: isCount,
    loss: isNumber,
    terms: areNumbers,
    metrics: areNumbers,
    workers: optional(areSpeeds),
  },
  checkpoint: { name: isText, step: isCount },
  done: { step: isCount, aborted: isFlag, seconds: isNumber, result: optional(RESULT) },
};

/** The first key of an event that is missing, or holds what no run writes; undefined where all fit. */
const faultOf = (event: RunEvent): string | undefined => {
  const values: Readonly<Record<string, unknown>> = { ...event };
  return Object.entries(EVENTS[event.type]).find(([key, check]) => !check(values[key]))?.[0];
};

/** Whether an event holds what readers of a run rely on. */
export const isSoundEvent = (event: RunEvent): boolean => faultOf(event) === undefined;

/** The same lines. Errors: `bad-metrics` where one of them is no event that a run writes. */
export const checkedEvents = <T extends RunEvent>(lines: readonly T[], file: string): T[] => {
  for (const line of lines) {
    const fault = faultOf(line);
    if (fault === undefined) continue;
    const what = `a line of type "${line.type}" whose "${fault}" is missing, or not what a run writes`;
    throw new UnderstoryError(
      'bad-metrics',
      `${file} holds ${what}. Train the run again, or delete its folder.`,
    );
  }
  return [...lines];
};
