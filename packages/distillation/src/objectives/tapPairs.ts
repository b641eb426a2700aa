import { UnderstoryError, type Backbone } from '@understory/core';

/** Places of a tap in the student and in the teacher. */
export type TapPair = readonly [student: number, teacher: number];

/** Taps that both networks have, paired from the deepest on, shallow to deep. Throws where there are none. */
export const tapPairs = (objective: string, student: Backbone, teacher: Backbone): readonly TapPair[] => {
  const count = Math.min(student.taps.length, teacher.taps.length);
  const last = [student.taps.length, teacher.taps.length] as const;
  if (count === 0)
    throw new UnderstoryError('no-taps', `${objective}: one of the networks has no taps to compare.`);
  return Array.from({ length: count }, (_, i) => [last[0] - count + i, last[1] - count + i]);
};

/** Shape of a tap's map, without the batch: [h, w, c]. */
export const mapShape = ({ model }: Backbone, tap: number): readonly [number, number, number] =>
  model.outputs[tap]!.shape.slice(1) as [number, number, number];
