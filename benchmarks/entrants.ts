import { Contestant, fromSource, inRoot } from './contestant.ts';

/** One thing to measure: a network on batches of images, or a detector over it. */
export interface Cell {
  readonly model: string;
  /** `retinanet` or `faster-rcnn`; contrastive deep supervision of classes where absent. */
  readonly detector?: string;
  /** Images a step; where there is no detector each comes in two views. */
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
  /** Whether they only look at images, instead of training on them. */
  readonly inference?: boolean;
  /** Processes that PyTorch's loader works with. */
  readonly workers: string;
}

const argumentsOf = ({ model, detector, batch, size }: Cell, { files }: EntrantOptions): string[] => [
  ...['--model', model, '--batch', String(batch), '--size', String(size)],
  ...(detector === undefined ? [] : ['--detector', detector, '--classes', '20']),
  ...(files === undefined ? [] : ['--files', files]),
];

/** Which programs of `step/` run such a cell: ours, and PyTorch's. */
const programs = (
  { detector }: Cell,
  { files, inference = false }: EntrantOptions,
): readonly [string, string] => {
  if (inference) return ['understory_inference.ts', 'torch_inference.py'];
  if (detector !== undefined) return ['detector_step.ts', 'torch_detector.py'];
  return files === undefined
    ? ['understory_step.ts', 'torch_step.py']
    : ['understory_files.ts', 'torch_files.py'];
};

const ours = (variant: string, cell: Cell, options: EntrantOptions): Contestant => {
  const [, name, rest] = /^([^=]+)=(.*)$/s.exec(variant)!;
  const [json, ...pairs] = rest!.split(';');
  const own = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
  const [script] = programs(cell, options);
  return new Contestant(name!, [...fromSource(script), ...argumentsOf(cell, options), '--options', json!], {
    TF_NUM_INTRAOP_THREADS: options.threads,
    ...own,
  });
};

/** A mode of the program in Python in which PyTorch only exports the network. */
const ONNX = 'onnxruntime';

const torch = (mode: string, cell: Cell, options: EntrantOptions): Contestant => {
  const { python, threads, files, workers } = options;
  const [, script] = programs(cell, options);
  return new Contestant(mode === ONNX ? mode : `PyTorch ${mode}`, [
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
