import {
  enqueue,
  gatherRows,
  findStream,
  HEAD,
  OBJECTIVE,
  fill,
  plugin,
  QUEUE_LOSS,
  stateVariable,
  UnderstoryError,
  unitVectors,
  type BuildContext,
  type BuiltObjective,
  type HeadFactory,
  type Objective,
  type QueueLoss,
  type Seed,
} from '@understory/core';
import { spec, weight } from '@understory/core/zod';
import {
  cast,
  scalar,
  tensor,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { momentumEncoder } from './momentumEncoder.ts';
import { buildProjections, embed, projectionSettings, seenBy, type Projection } from './projections.ts';
import { widthOf } from '../heads/vectorModule.ts';

const NAME = 'momentum-contrast';

const Settings = z.strictObject({
  weight: weight(1, 'each term'),
  queue: z
    .int()
    .min(1)
    .default(4096)
    .describe('keys of earlier batches that are told apart from, in rows; 65536 in the paper'),
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.999)
    .describe("share of the key encoder's weights that stays at each step, 0 to 1"),
  ...projectionSettings,
});
export const MomentumContrastOptions = Settings.extend({
  loss: spec.default(['moco', { temperature: 0.2 }]).describe('loss of a query, its key and the queue'),
  head: spec.default('mlp').describe('projection head'),
});
export type MomentumContrastOptions = z.input<typeof Settings> & {
  readonly loss: QueueLoss;
  readonly head: HeadFactory;
};

/** Keys of earlier batches [K, D], unit rows, and where the next ones are written []. */
interface KeptQueue {
  readonly rows: Variable;
  readonly pointer: Variable;
}

/** Random directions, as the authors begin: uniform in a cube here, then of unit length. */
const createQueue = (length: number, width: number, seed: Seed): KeptQueue => {
  const values = fill(length * width, { uniform: 1 }, seed);
  const rows = tidy(() => unitVectors(tensor(values, [length, width])));
  return { rows: stateVariable(rows), pointer: stateVariable(scalar(0)) };
};

const write = ({ rows, pointer }: KeptQueue, keys: Tensor2D): void => {
  const [now, at]: readonly [Tensor, Tensor] = [rows, pointer];
  const next = enqueue({ rows: now as Tensor2D, pointer: cast(at as Scalar, 'int32') }, keys);
  rows.assign(next.rows);
  pointer.assign(cast(next.pointer, 'float32'));
};

const checkQueue = (length: number, batch: number): void => {
  if (batch <= length) return;
  const what = `${NAME}: "queue" is ${length}, and a batch has ${batch} keys.`;
  throw new UnderstoryError('queue-too-short', `${what} Set "queue" to ${batch} or more.`);
};

type Method = z.output<typeof Settings> & Pick<MomentumContrastOptions, 'loss' | 'head'>;

/** Query encoder, key encoder, and a queue for each projection. */
const prepare = (context: BuildContext, { head, taps, queue }: Method) => {
  const { backbone, seed } = context;
  const projections = (): readonly Projection[] => buildProjections(NAME, backbone, taps, { head, seed });
  const student = projections();
  const encoder = momentumEncoder(NAME, context, { student, average: projections() });
  const queues = student.map((p) => createQueue(queue, widthOf(p.head), seed.at('queue', p.name)));
  const kept = student.flatMap(({ name }, i) => {
    const { rows, pointer } = queues[i]!;
    return [[`queue-${name}`, rows] as const, [`pointer-${name}`, pointer] as const];
  });
  return { student, encoder, queues, state: { ...encoder.state, ...Object.fromEntries(kept) } };
};

const build = (context: BuildContext, method: Method): BuiltObjective => {
  const needs = { stream: method.stream, views: 2 };
  const { name: stream, batch } = findStream(NAME, context.streams, needs);
  checkQueue(method.queue, batch);
  const { student, encoder, queues, state } = prepare(context, method);
  return {
    modules: Object.fromEntries(student.map((p) => [p.name, p.head])),
    rows: 'own', // queries meet their own keys; the queue takes those of all workers
    state,
    terms(step) {
      const queries = seenBy(step, { stream, view: 0 });
      const keys = encoder
        .encode(step.rows(step.images, { stream, view: 1 }), step.call)
        .map((k) => unitVectors(k));
      const terms = Object.fromEntries(
        student.map((projection, i) => {
          const earlier: Tensor = queues[i]!.rows;
          const value = method.loss(embed(projection, queries, step.call), keys[i]!, earlier as Tensor2D);
          return [projection.name, { value, weight: method.weight }] as const;
        }),
      );
      // The weights have changed when the queues are written: keys are those of the step that was seen.
      const all = keys.map((own) => gatherRows(own, step.workers));
      return { terms, carry: Object.fromEntries(student.map(({ name }, i) => [name, all[i]!])) };
    },
    update(step, keys) {
      tidy(() => {
        student.forEach(({ name }, i) => write(queues[i]!, keys[name] as Tensor2D));
        encoder.update(step, scalar(method.momentum));
      });
    },
  };
};

/**
 * Momentum contrast (MoCo; He et al. 2020, Chen et al. 2020): the embedding of view 0 finds that of view 1, which a moving
 * average of backbone and head makes, among those of earlier batches. Needs no labels. Batch norm of the keys sees its own
 * batch, as on one machine without shuffling. Terms: `final`, and one a tap by its name.
 */
export const momentumContrast = ({ loss, head, ...options }: MomentumContrastOptions): Objective => {
  const settings = Settings.parse(options);
  const { stream } = settings;
  return {
    name: NAME,
    views: 2,
    ...(stream !== undefined && { viewStreams: [stream] }),
    build: (context) => build(context, { ...settings, loss, head }),
  };
};

export const momentumContrastPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'MoCo: each view finds its key among those of earlier batches, by a momentum encoder',
  when: 'You have no labels, and a batch that is too small to hold enough negatives.',
  source: 'He et al., CVPR 2020 (MoCo), and Chen et al. 2020 (MoCo v2)',
  options: MomentumContrastOptions,
  uses: { loss: QUEUE_LOSS, head: HEAD },
  create: momentumContrast,
});
