import { UnderstoryError, unknownName, type Network } from '@understory/core';
import { DETECTORS, taskTable, type DetectorCode } from '../names/detectors.ts';
import { OWN_NAMES, type NameTable, type Place } from '../names/nameTable.ts';
import { namesFor } from '../names/namesFor.ts';
import { TASK } from '../weights/backboneTensors.ts';
import { slotsOf, type ModelSlot, type Slot } from './slots.ts';

export type Inference = Pick<Network, 'backbone' | 'head'>;

/** All weights of a backbone, by their names, and of what a task puts on it, by theirs after `task/`. */
export const networkSlots = ({ backbone, head }: Inference): ModelSlot[] => [
  ...slotsOf(backbone.model),
  ...(head ? slotsOf(head.model).map((slot) => ({ ...slot, name: TASK + slot.name })) : []),
];

/** Codes whose names are known for a whole network of a task: our own, then others. */
export const detectorCodes = (task: string): string[] => [
  OWN_NAMES.code,
  ...DETECTORS.filter(({ tasks }) => Object.hasOwn(tasks, task)).map(({ code }) => code),
];

/** Tasks whose weights a code names. */
export const tasksOf = (code: string): string[] =>
  Object.keys(DETECTORS.find((one) => one.code === code)?.tasks ?? {});

/** Errors: `unknown-name`, with the codes that are known for a task. */
const detectorCode = (task: string, code: string): DetectorCode => {
  const known = detectorCodes(task);
  if (known.length === 1)
    throw new UnderstoryError(
      'unknown-name',
      `No names of other code are known for the task "${task}". Use "${OWN_NAMES.code}".`,
    );
  const found = DETECTORS.find((one) => one.code === code && known.includes(code));
  if (!found) throw unknownName(`code that names the task ${task}`, code, known);
  return found;
};

/** How a code names the weights that a task puts on a backbone. Errors: `unknown-name`. */
export const taskNames = (task: string, slots: readonly Slot[], code: string): NameTable =>
  code === OWN_NAMES.code ? OWN_NAMES : taskTable(detectorCode(task, code), task, slots);

/**
 * How a code names all weights of a network (`networkSlots`): of a detector as `torchvision` (since 0.13), `torchvision-0.12`
 * or `mmdetection` name it whole, of a network without a head as `namesFor` has it. Errors: `unknown-name`.
 */
export const networkNames = (network: Inference, task: string, code: string): NameTable => {
  const { backbone, head } = network;
  if (!head || code === OWN_NAMES.code) return namesFor(backbone, code);
  const { body, backbone: ofBackbone } = detectorCode(task, code);
  const own = namesFor(backbone, ofBackbone);
  const ofTask = taskNames(task, slotsOf(head.model), code);
  const place = (weight: string): Place | undefined => {
    if (weight.startsWith(TASK)) return ofTask.place(weight.slice(TASK.length));
    const found = own.place(weight);
    return found && { ...found, name: body + found.name };
  };
  return { code, place };
};
