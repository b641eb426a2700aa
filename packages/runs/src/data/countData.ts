import {
  BOX_KINDS,
  BOXES,
  boxesSpec,
  SPLITS,
  targetsOfKind,
  turns,
  type Dataset,
  type NdArray,
  type Samples,
  type SplitName,
} from '@understory/core';
import { COCO_SIZES, type CocoSize } from '@understory/metrics';

/** Images whose targets are read at a time. */
const AT_A_TIME = 512;
/** Pixels of the network's image under which a side is too short for most detectors. */
const TINY = 8;

type Size = Exclude<CocoSize, 'all'>;
const SIZES = ['small', 'medium', 'large'] as const satisfies readonly Size[];

/** What boxes of a split there are. Crowds and difficult boxes are counted apart from all others. */
export interface BoxCounts {
  readonly boxes: number;
  /** Of the fullest image. */
  readonly most: number;
  readonly imagesWithout: number;
  readonly bySize: Readonly<Record<Size, number>>;
  readonly crowd: number;
  readonly difficult: number;
  /** With a side of under 8 pixels in the network's image. */
  readonly tiny: number;
}

export interface SplitCounts {
  readonly split: SplitName;
  readonly images: number;
  /** Where it comes from, where it is no part of the source by itself. */
  readonly origin?: string;
  /** By class: images of it, or with this label; ordinary boxes. Undefined where images have none of these. */
  readonly byClass?: readonly number[];
  readonly boxes?: BoxCounts;
}

/** A target of all samples, some images at a time. */
async function* targetRows(samples: Samples, name: string): AsyncGenerator<NdArray> {
  const pause = turns();
  for (let from = 0; from < samples.length; from += AT_A_TIME) {
    const count = Math.min(AT_A_TIME, samples.length - from);
    const known = await samples.readTargets(Array.from({ length: count }, (_, i) => from + i));
    const target = known[name];
    if (target) yield target;
    await pause();
  }
}

const sizeOf = (area: number): Size => SIZES.find((size) => area <= COCO_SIZES[size][1]) ?? 'large';

/** Counts one image's rows top, left, bottom, right, class, kind, area. */
const boxCounter = (classes: number) => {
  const byClass = new Array<number>(classes).fill(0);
  const bySize = { small: 0, medium: 0, large: 0 };
  let [boxes, most, imagesWithout, crowd, difficult, tiny] = [0, 0, 0, 0, 0, 0];
  const addBox = ([top = 0, left = 0, bottom = 0, right = 0, c = -1, kind = 0, area = 0]: ArrayLike<number> &
    Iterable<number>): number => {
    if (!(bottom > top && right > left)) return 0;
    if (kind === BOX_KINDS.crowd) crowd++;
    else if (kind === BOX_KINDS.difficult) difficult++;
    else {
      boxes++;
      bySize[sizeOf(area)]++;
      if (Math.min(bottom - top, right - left) < TINY) tiny++;
      if (byClass[c] !== undefined) byClass[c]++;
    }
    return 1;
  };
  return {
    add({ data, shape: [images = 0, rows = 0, columns = 0] }: NdArray): void {
      for (let n = 0; n < images; n++) {
        let here = 0;
        for (let r = 0; r < rows; r++) {
          const at = (n * rows + r) * columns;
          here += addBox(data.subarray(at, at + columns));
        }
        most = Math.max(most, here);
        if (here === 0) imagesWithout++;
      }
    },
    end: () => ({ byClass, boxes: { boxes, most, imagesWithout, bySize, crowd, difficult, tiny } }),
  };
};

const countBoxes = async (
  samples: Samples,
  classes: number,
): Promise<Pick<SplitCounts, 'byClass' | 'boxes'>> => {
  const counter = boxCounter(classes);
  for await (const rows of targetRows(samples, BOXES)) counter.add(rows);
  return counter.end();
};

const countLabels = async (samples: Samples, name: string, classes: number): Promise<readonly number[]> => {
  const byClass = new Array<number>(classes).fill(0);
  for await (const { data } of targetRows(samples, name))
    data.forEach((has, i) => (byClass[i % classes]! += has === 1 ? 1 : 0));
  return byClass;
};

const countClasses = (groups: Int32Array, classes: number): readonly number[] => {
  const byClass = new Array<number>(classes).fill(0);
  for (const c of groups) if (byClass[c] !== undefined) byClass[c]++;
  return byClass;
};

const countsOf = async (
  samples: Samples,
  classes: number,
): Promise<Pick<SplitCounts, 'byClass' | 'boxes'>> => {
  if (samples.targets[BOXES]?.shape[1] === boxesSpec(0).shape[1]) return countBoxes(samples, classes);
  const [labels] = targetsOfKind(samples.targets, 'labels');
  if (labels !== undefined) return { byClass: await countLabels(samples, labels, classes) };
  return samples.groups ? { byClass: countClasses(samples.groups, classes) } : {};
};

/** What a dataset holds, split by split. */
export const countData = async (dataset: Dataset): Promise<readonly SplitCounts[]> => {
  const counts: SplitCounts[] = [];
  for (const split of SPLITS) {
    const samples = dataset[split];
    const origin = dataset.origins?.[split];
    counts.push({
      ...{ split, images: samples.length },
      ...(origin !== undefined && { origin }),
      ...(await countsOf(samples, dataset.classes.length)),
    });
  }
  return counts;
};
