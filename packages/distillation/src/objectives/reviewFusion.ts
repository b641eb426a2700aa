import type { CallArgs, Named, Seed } from '@understory/core';
import { add, concat, mul, slice, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { nearestResize } from '../losses/resize.ts';
import { convModule, linearRule, torchRule } from './convModule.ts';

type Shape = readonly [number, number, number];

/** A level of the review: the student's map, and the teacher's that it becomes, without the batch. */
export interface ReviewLevel {
  readonly name: string;
  readonly student: Shape;
  readonly teacher: Shape;
}

/** Modules of all levels, deep to shallow: `<level>/reduce`, `<level>/attention` (but for the deepest), `<level>/expand`. */
export const reviewModules = (
  levels: readonly ReviewLevel[],
  middle: number,
  seed: Seed,
): Named<LayersModel> =>
  Object.fromEntries(
    levels.flatMap(({ name, student, teacher }, i) => {
      const [[h, w], [height, width, filters]] = [student, teacher] as const;
      const made = (part: string, request: Omit<Parameters<typeof convModule>[0], 'name' | 'seed'>) => {
        const at = `${name}/${part}`;
        return [at, convModule({ name: at, seed: seed.at(at), ...request })] as const;
      };
      const one = { kernel: [1, 1], shape: student } as const;
      return [
        made('reduce', { ...one, filters: middle, then: ['norm'], rule: linearRule }),
        ...(i === 0
          ? []
          : [
              made('attention', {
                ...one,
                shape: [h, w, 2 * middle],
                filters: 2,
                bias: true,
                then: ['sigmoid'],
                rule: torchRule,
              }),
            ]),
        made('expand', {
          shape: [height, width, middle],
          filters,
          kernel: [3, 3],
          padding: 1,
          then: ['norm'],
          rule: linearRule,
        }),
      ];
    }),
  );

const size = ([h, w]: Shape): readonly [number, number] => [h, w];

/** Channel k of a map [B, h, w, C] → [B, h, w, 1]. */
const channel = (x: Tensor4D, k: number): Tensor4D =>
  slice(x, [0, 0, 0, k], [x.shape[0], x.shape[1], x.shape[2], 1]);

/** What all levels make of the student's maps, deep to shallow, each seeing what the deeper one handed down. */
export const review = (
  levels: readonly ReviewLevel[],
  modules: Named<LayersModel>,
  maps: readonly Tensor4D[],
  call: CallArgs,
): readonly Tensor4D[] => {
  let handed: Tensor4D | undefined;
  return levels.map(({ name, student, teacher }, i) => {
    const run = (part: string, x: Tensor4D) => modules[`${name}/${part}`]!.apply(x, { ...call }) as Tensor4D;
    let x = run('reduce', maps[i]!);
    if (handed) {
      const deeper = nearestResize(handed, size(student));
      const shares = run('attention', concat([x, deeper], 3)); // [B, h, w, 2]
      x = add(mul(x, channel(shares, 0)), mul(deeper, channel(shares, 1)));
    }
    handed = nearestResize(x, size(teacher));
    return run('expand', handed);
  });
};
