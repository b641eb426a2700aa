import { cast, concat, reshape, slice, tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { CallArgs, StepContext, Stream } from '../../contracts/objective.ts';
import { alone, type Workers } from '../../contracts/workers.ts';
import type { Named } from '../../named.ts';
import { gatherRows } from '../../ops/gatherRows.ts';
import { selector, streamNamed } from '../stepContext.ts';

/** What all objectives see of a step. */
export type SharedContext = Omit<StepContext, 'fed'>;

/** Makes a tensor where it is asked for first. */
type Once = <T extends Tensor>(key: string, make: () => T) => T;

const makingOnce = (hold: (made: Tensor) => void): Once => {
  const known = new Map<string, Tensor>();
  return <T extends Tensor>(key: string, make: () => T): T => {
    const made = (known.get(key) as T | undefined) ?? make();
    if (!known.has(key)) hold(made);
    known.set(key, made);
    return made;
  };
};

/** Defines properties that are computed when somebody looks at them. */
const looked = <T extends object>(target: T, values: Named<() => unknown>): T => {
  for (const [name, get] of Object.entries(values))
    Object.defineProperty(target, name, { get, enumerable: true });
  return target;
};

/** The first rows of each view, [V · n, …] → [V · count, …]: those that count, since what fills a share up stands last. */
const firstRows = <T extends Tensor>(x: T, views: number, count: number): T => {
  const [rows = 0, ...rest] = x.shape;
  if (rows === views * count) return x;
  return tidy(() => {
    const given = x.dtype === 'bool' ? cast(x, 'int32') : x;
    const width = rest.reduce((product, n) => product * n, 1);
    const cut = slice(reshape(given, [views, rows / views, width]), [0, 0, 0], [views, count, width]);
    const all = reshape(cut, [views * count, ...rest]);
    return (x.dtype === 'bool' ? cast(all, 'bool') : all) as T;
  });
};

/** The rows of all workers of one stream, [V · b, …] → [V · B, …]. */
type Gather = <T extends Tensor>(x: T, stream: string, views?: number) => T;

const gatherer = (streams: readonly Stream[], { workers, counted }: AllRowsOptions): Gather => {
  return <T extends Tensor>(x: T, stream: string, views = 1): T => {
    const { batch } = streamNamed(streams, stream);
    return firstRows(gatherRows(x, workers, views), views, counted(stream) ?? batch * workers.size);
  };
};

/** The rows of all workers of a tensor that is stacked as a step stacks it. */
const stackedRows = <T extends Tensor>(x: T, { streams, rows }: SharedContext, gather: Gather): T => {
  const parts = streams.map(({ name, views }) => gather(rows(x, { stream: name }), name, views));
  return parts.length === 1 ? parts[0]! : (concat(parts as Tensor[]) as T);
};

export interface AllRowsOptions {
  readonly workers: Workers;
  /** How layers are called on rows of all workers: with random numbers that are the same on each. */
  readonly call: CallArgs;
  /** How many of a stream's rows count, where shares are filled up. */
  readonly counted: (stream: string) => number | undefined;
  /** Told of each tensor that is gathered. */
  readonly hold: (made: Tensor) => void;
}

/**
 * A step's context as one worker alone would see it: the rows of all workers. What an objective looks at is gathered when it
 * looks; all of them look at the same, in the same order.
 */
export const allRows = (own: SharedContext, options: AllRowsOptions): SharedContext => {
  const { workers, call, hold, counted } = options;
  const once = makingOnce(hold);
  const gather = gatherer(own.streams, options);
  const { taps, outputs, epoch, step, grouped } = own;
  const streams = own.streams.map((s): Stream => {
    return { ...s, batch: counted(s.name) ?? s.batch * workers.size };
  });
  const stacked = <T extends Tensor>(name: string, x: T): (() => T) => {
    return () => once(name, () => stackedRows(x, own, gather));
  };
  const maps = taps.map((tap, i) => [String(i), stacked(`tap ${i}`, tap)] as const);
  const named = Object.entries(outputs).map(([name, x]) => [name, stacked(`output ${name}`, x)] as const);
  const shown = {
    ...{ streams, call, epoch, step, workers: alone },
    ...(grouped && { grouped }),
    rows: selector(streams),
    taps: looked([], Object.fromEntries(maps)) as unknown as SharedContext['taps'],
    outputs: looked({}, Object.fromEntries(named)) as SharedContext['outputs'],
    target: (name: string, select: { stream?: string; view?: number } = {}): Tensor => {
      const { stream = streams[0]!.name, view } = select;
      const { views } = streamNamed(streams, stream);
      return once(`target ${name} of ${stream} in ${view ?? 'all'}`, () =>
        gather(own.target(name, select), stream, view === undefined ? views : 1),
      );
    },
    positions: (stream = streams[0]!.name): Tensor1D =>
      once(`positions of ${stream}`, () => gather(own.positions(stream), stream)),
  };
  return looked(shown, {
    images: stacked('images', own.images),
    pooled: stacked('pooled', own.pooled),
  }) as unknown as SharedContext;
};
