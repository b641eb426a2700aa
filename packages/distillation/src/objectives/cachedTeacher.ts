import {
  classLogits,
  float32,
  LOGITS,
  teach,
  UnderstoryError,
  type BatchInfo,
  type BuildContext,
  type FixedView,
  type Forward,
  type NdArray,
  type NdArrays,
  type Network,
  type StepContext,
} from '@understory/core';
import { dispose, tidy, type Tensor2D } from '@tensorflow/tfjs-core';

/** Images that the teacher sees at once. */
const ROWS = 64;

/** What a teacher made of all images of a view, once: pooled features and logits, without maps. */
export interface TeacherCache {
  /** The rows of a batch, for the next step. */
  readonly feed: (batch: BatchInfo) => NdArrays;
  readonly seen: (step: StepContext) => Pick<Forward, 'pooled' | 'outputs'>;
}

export interface CacheRequest {
  readonly name: string;
  readonly stream: string;
  readonly view: number | 'all';
  /** Whether the teacher changes from step to step. */
  readonly changing: boolean;
}

const refuse = (name: string, why: string, cure: string): never => {
  throw new UnderstoryError(
    'cannot-cache',
    `${name}: "cache" is true, and ${why} Set "cache" to false, or ${cure}`,
  );
};

const fixedViewOf = (context: BuildContext, { name, stream, view, changing }: CacheRequest): FixedView => {
  if (changing) {
    const why = 'an average of the student is another teacher at every step.';
    return refuse(name, why, 'name a trained teacher: { "run": "runs/…" }.');
  }
  if (view === 'all') return refuse(name, 'it looks at all views.', 'use a method of one view.');
  if (!context.fixedView)
    return refuse(name, 'this trainer does not tell its views.', 'use another trainer.');
  const fixed = context.fixedView(stream, view);
  if (typeof fixed !== 'string') return fixed;
  const why = `view ${view} of the stream "${stream}" draws at random: the teacher sees other images in every epoch.`;
  return refuse(name, why, `take "${fixed}" out of "views".`);
};

/** Row after row of [n, width], in one array. */
interface Table {
  readonly width: number;
  readonly data: Float32Array;
}

/** Runs the teacher over all images, part by part. */
const tabulate = async (
  network: Network,
  fixed: FixedView,
): Promise<readonly [pooled: Table, logits: Table]> => {
  const { features, classes } = network.backbone;
  const tables = [features, classes].map((width) => ({
    width,
    data: new Float32Array(width * fixed.length),
  }));
  for (let from = 0; from < fixed.length; from += ROWS) {
    const count = Math.min(ROWS, fixed.length - from);
    const images = await fixed.read(Array.from({ length: count }, (_, i) => from + i));
    const made = tidy(() => {
      const seen = teach(network, images, { training: false });
      return [seen.pooled, classLogits(seen)];
    });
    const rows = await Promise.all(made.map((t) => t.data<'float32'>()));
    rows.forEach((values, k) => tables[k]!.data.set(values, from * tables[k]!.width));
    dispose([images, ...made]);
  }
  return tables as [Table, Table];
};

const rowsOf = ({ width, data }: Table, positions: Int32Array): NdArray => {
  const rows = new Float32Array(positions.length * width);
  positions.forEach((p, i) => rows.set(data.subarray(p * width, (p + 1) * width), i * width));
  return float32(rows, [positions.length, width]);
};

/** Throws where the teacher's outputs change from epoch to epoch. */
export const cacheTeacher = async (
  context: BuildContext,
  network: Network,
  request: CacheRequest,
): Promise<TeacherCache> => {
  const [pooled, logits] = await tabulate(network, fixedViewOf(context, request));
  return {
    feed({ positions }) {
      const at = positions[request.stream]!;
      return { 'teacher-pooled': rowsOf(pooled, at), 'teacher-logits': rowsOf(logits, at) };
    },
    seen: ({ fed }) => ({
      pooled: fed['teacher-pooled'] as Tensor2D,
      outputs: { [LOGITS]: fed['teacher-logits']! },
    }),
  };
};
