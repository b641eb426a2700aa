import {
  classLogits,
  findStream,
  findTeacher,
  LOGITS,
  mapNamed,
  requireClasses,
  teach,
  type BuildContext,
  type BuiltObjective,
  type CallArgs,
  type Forward,
  type NdArrays,
  type Network,
  type Objective,
  type StepContext,
  type StepTerms,
  type StreamNeeds,
  type Teacher,
  type TeacherSource,
  preparedLogits,
  type Preparation,
} from '@understory/core';
import { beforeRelu } from './beforeRelu.ts';
import { cacheTeacher, type TeacherCache } from './cachedTeacher.ts';

/** What student and teacher made of the same images of a step. */
export interface TaughtStep {
  readonly student: Forward;
  readonly teacher: Forward;
  readonly step: StepContext;
  /** The stream that the rows are of. */
  readonly stream: string;
  /** How the teacher was called; its heads are called likewise. */
  readonly teacherCall: CallArgs;
}

/** What a method can build on. */
export interface MethodContext {
  readonly context: BuildContext;
  readonly teacher: Network;
  readonly stream: string;
}

/** What a method makes of what both networks saw. */
export interface Method extends Omit<BuiltObjective, 'modules' | 'terms'> {
  /** Modules that are trained beside the student: adapters, heads. */
  readonly modules?: BuiltObjective['modules'];
  readonly terms: (seen: TaughtStep) => StepTerms;
}

export interface MethodOptions extends Preparation, Pick<StreamNeeds, 'batch' | 'labelled'> {
  readonly name: string;
  readonly teacher?: TeacherSource | undefined;
  /** One view of each image, or all. */
  readonly view: number | 'all';
  /** How many views the method needs; as many as `view` implies by default. */
  readonly views?: number;
  readonly stream?: string | undefined;
  /** `batch`: the teacher's batch norm uses the batch's statistics, and leaves its averages alone. */
  readonly teacherMode?: 'eval' | 'batch';
  /** Whether the teacher's maps are those before the ReLU of each tap, which has no negative numbers. */
  readonly beforeRelu?: boolean;
  /** The teacher runs over all images once, before the first step; for methods that look at no maps of its. */
  readonly cache?: boolean;
  /** `own` where the terms are means over images: see `BuiltObjective.rows`. */
  readonly rows?: 'own';
}

const viewsOf = ({ view, views = view === 'all' ? 1 : view + 1 }: MethodOptions): number => views;

const rowsOf = (step: StepContext, stream: string, view: number | 'all'): Forward => {
  const select = view === 'all' ? { stream } : { stream, view };
  return {
    images: step.rows(step.images, select),
    taps: step.taps.map((t) => step.rows(t, select)),
    pooled: step.rows(step.pooled, select),
    outputs: mapNamed(step.outputs, (output) => step.rows(output, select)),
  };
};

const callOf = (step: StepContext, mode: 'eval' | 'batch'): CallArgs =>
  mode === 'eval' ? { training: false } : { ...step.call, training: true, keepStatistics: true };

/** A pass whose logits, where it has any, went through a preparation. */
const prepared = (seen: Forward, options: MethodOptions): Forward => {
  if (!options.standardize || options.standardize === 'none') return seen;
  const logits = preparedLogits(options)(classLogits(seen));
  return { ...seen, outputs: { ...seen.outputs, [LOGITS]: logits } };
};

/** Both feeds, where there are any. */
const feeds = (cache: TeacherCache | undefined, method: Method): Pick<BuiltObjective, 'feed'> => {
  const all = [cache?.feed, method.feed].filter((f) => f !== undefined);
  if (all.length === 0) return {};
  return { feed: (batch): NdArrays => Object.assign({}, ...all.map((f) => f(batch))) as NdArrays };
};

/** Both updates, where there are any. */
const updates = (teacher: Teacher, method: Method): Pick<BuiltObjective, 'update'> => {
  const all = [teacher.update, method.update].filter((u) => u !== undefined);
  return all.length === 0 ? {} : { update: (step, carry) => all.forEach((u) => u(step, carry)) };
};

const build = async (
  context: BuildContext,
  options: MethodOptions,
  create: (given: MethodContext) => Method | Promise<Method>,
): Promise<BuiltObjective> => {
  const { name, view, stream: wanted, batch = 1, labelled = false, teacherMode = 'eval' } = options;
  const needs = { stream: wanted, views: viewsOf(options), batch, labelled };
  const { name: stream } = findStream(name, context.streams, needs);
  if (labelled) requireClasses(name, context, { labels: true });
  const teacher = await findTeacher(name, context, options.teacher);
  const network = options.beforeRelu ? beforeRelu(teacher.network) : teacher.network;
  const changing = options.teacher !== undefined && 'ema' in options.teacher;
  const cache = options.cache
    ? await cacheTeacher(context, network, { name, stream, view, changing })
    : undefined;
  const method = await create({ context, teacher: network, stream });
  return {
    modules: method.modules ?? {},
    ...(options.rows && { rows: options.rows }),
    state: { ...teacher.state, ...method.state },
    ...feeds(cache, method),
    ...updates(teacher, method),
    dispose() {
      teacher.dispose();
      method.dispose?.();
    },
    terms(step) {
      const student = rowsOf(step, stream, view);
      const teacherCall = callOf(step, teacherMode);
      const seen = cache
        ? { images: student.images, taps: [], ...cache.seen(step) }
        : teach(network, student.images, teacherCall);
      const both = { student: prepared(student, options), teacher: prepared(seen, options) };
      return method.terms({ ...both, step, stream, teacherCall });
    },
  };
};

/** An objective in which a teacher sees what the student sees. */
export const withTeacher = (
  options: MethodOptions,
  create: (given: MethodContext) => Method | Promise<Method>,
): Objective => ({
  name: options.name,
  views: viewsOf(options),
  build: (context) => build(context, options, create),
});
