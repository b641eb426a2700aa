import { Contestant, fromSource, inRoot } from './contestant.ts';

/** One thing to measure: a network on batches of images. */
export interface Cell {
  readonly model: string;
  /** Images a step; each comes in two views. */
  readonly batch: number;
  /** Pixels a side. */
  readonly size: number;
}

export interface EntrantOptions {
  readonly python: string;
  readonly threads: string;
  /** Modes of PyTorch, `+` between those that go together. */
  readonly torch: readonly string[];
  readonly tfjs: boolean;
  readonly wasm: boolean;
  /** Ours: `name=options as JSON`, or `name=options;VARIABLE=value;…`. */
  readonly variants: readonly string[];
  /** Folder or tar of image files to train from; made-up images in memory where absent. */
  readonly files?: string;
  /** Processes that PyTorch's loader works with. */
  readonly workers: string;
}

const argumentsOf = ({ model, batch, size }: Cell, { files }: EntrantOptions): string[] => [
  ...['--model', model, '--batch', String(batch), '--size', String(size)],
  ...(files === undefined ? [] : ['--files', files]),
];

const ours = (variant: string, cell: Cell, options: EntrantOptions): Contestant => {
  const [, name, rest] = /^([^=]+)=(.*)$/s.exec(variant)!;
  const [json, ...pairs] = rest!.split(';');
  const own = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
  const script = options.files === undefined ? 'understory_step.ts' : 'understory_files.ts';
  return new Contestant(name!, [...fromSource(script), ...argumentsOf(cell, options), '--options', json!], {
    TF_NUM_INTRAOP_THREADS: options.threads,
    ...own,
  });
};

const torch = (mode: string, cell: Cell, options: EntrantOptions): Contestant => {
  const { python, threads, files, workers } = options;
  const script = files === undefined ? 'torch_step.py' : 'torch_files.py';
  return new Contestant(`PyTorch ${mode}`, [
    ...[python, inRoot(`benchmarks/step/${script}`), '--mode', mode, '--threads', threads],
    ...argumentsOf(cell, options),
    ...(files === undefined ? [] : ['--workers', workers]),
  ]);
};

const tfjs = (backend: 'tensorflow' | 'wasm', cell: Cell, options: EntrantOptions): Contestant =>
  new Contestant(
    backend === 'wasm' ? 'tfjs on WASM' : 'tfjs-node',
    [...fromSource('tfjs_step.ts'), ...argumentsOf(cell, options), '--backend', backend],
    { TF_NUM_INTRAOP_THREADS: options.threads },
  );

/** All that are to be compared; ours first. */
export const entrants = (cell: Cell, options: EntrantOptions): Contestant[] => [
  ...options.variants.map((variant) => ours(variant, cell, options)),
  ...options.torch.map((mode) => torch(mode, cell, options)),
  ...(options.tfjs ? [tfjs('tensorflow', cell, options)] : []),
  ...(options.wasm ? [tfjs('wasm', cell, options)] : []),
];
