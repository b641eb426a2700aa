import {
  float32,
  inferenceStep,
  namedClass,
  UnderstoryError,
  type Calibration,
  type Exported,
  type ExportFormat,
  type ExportRequest,
  type NdArray,
  type NdArrays,
  type OpenedExport,
  type Runner,
} from '@understory/core';
import { mustRunSavedModels, openSavedModel } from '@understory/engine';

/** What a written file gives beside what the network itself gives. */
export interface Verification {
  /** What ran the file. */
  readonly runtime: string;
  readonly images: number;
  /** The largest difference of each output, as a share of its largest number, or of 1 where all are smaller. */
  readonly differences: Readonly<Record<string, number>>;
  /** How large they may be; null where weights are rounded to 8 bits, and accuracy is what tells. */
  readonly within: number | null;
  /** Whether these are the images that activations were rounded by. */
  readonly isSeen?: true;
  /** On how many of real images the likeliest class is the network's own; absent where made ones were compared, or nothing tells classes. */
  readonly agreement?: number;
}

/** Real images to compare on, at most as many at once as are asked for; made ones where nothing is said. */
type ReadImages = Calibration['read'];

/** How many made images are compared; a format may take fewer at once. */
const IMAGES = 4;
/** How many real ones are looked at at once. */
const BATCH = 32;

/** Images of waves, patches and noise, alike on every machine: pixels 0…255 [B, H, W, 3]. */
export const testPixels = (images: number, [height, width]: readonly [number, number]): NdArray => {
  const data = new Float32Array(images * height * width * 3);
  for (let at = 0; at < data.length; at++) {
    const [c, place] = [at % 3, Math.floor(at / 3)];
    const [x, y, image] = [
      place % width,
      Math.floor(place / width) % height,
      Math.floor(place / width / height),
    ];
    const wave = Math.sin((x * (image + 1) + y * (c + 1)) / 7) + Math.cos((y - x) / (3 + image));
    const noise = (Math.imul(at + 1, 0x9e3779b1) >>> 24) / 255;
    const patch = (Math.floor(x / 8) + Math.floor(y / 8) + image + c) % 3 === 0 ? 60 : 0;
    data[at] = Math.max(0, Math.min(255, Math.round(96 + 40 * wave + 50 * noise + patch)));
  }
  return float32(data, [images, height, width, 3]);
};

const rowsOf = ({ dtype, shape, data }: NdArray, begin: number, count: number): NdArray => {
  const row = data.length / shape[0]!;
  return { dtype, shape: [count, ...shape.slice(1)], data: data.slice(begin * row, (begin + count) * row) };
};

/** The difference of two arrays, as a share of the largest number; infinite where they are not of one shape. */
const difference = (a: NdArray, b: NdArray | undefined): number => {
  if (b?.data.length !== a.data.length) return Infinity;
  let [largest, most] = [1, 0];
  a.data.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    const apart = Math.abs(value - b.data[i]!);
    most = Number.isNaN(apart) ? Infinity : Math.max(most, apart);
  });
  return most / largest;
};

/** Runs a file on as many images at once as it takes. */
const ran = async (opened: OpenedExport, pixels: NdArray): Promise<readonly NdArrays[]> => {
  const [count = 0] = pixels.shape;
  const batch = Math.min(opened.batch ?? count, count);
  const made: NdArrays[] = [];
  for (let at = 0; at + batch <= count; at += batch) made.push(await opened.run(rowsOf(pixels, at, batch)));
  return made;
};

type Opener = Required<Pick<ExportFormat, 'open'>>;

function mustOpen(format: ExportFormat): asserts format is ExportFormat & Opener {
  if (format.open) return;
  throw new UnderstoryError(
    'export',
    `The format "${format.name}" holds weights alone, which nothing runs. Leave --verify out: they are the network's own.`,
  );
}

/**
 * Looks, before anything is computed or written, whether what a format writes can be run here. Errors: `export` where nothing runs it
 * anywhere, `runtime-missing`.
 */
export const mustRunHere = async (
  format: ExportFormat,
  network?: Pick<ExportRequest, 'network' | 'task' | 'dataset'>,
): Promise<void> => {
  mustOpen(format);
  await format.checkRuntime?.({ savedModel: mustRunSavedModels, network });
};

const openedBy = (format: ExportFormat, { files, outputs }: Exported): Promise<OpenedExport> => {
  mustOpen(format);
  return format.open({ files, ...(outputs && { outputs }), savedModel: openSavedModel, backend: 'cpu' });
};

/** What was found of one output, over all images. */
interface Comparison {
  readonly apart: number;
  /** Sums of squares: of differences, and of the network's own numbers. */
  readonly error: number;
  readonly size: number;
  /** Images of scores [B, C] whose likeliest one is the same, and all such images. */
  readonly same: number;
  readonly images: number;
}

const NOTHING: Comparison = { apart: 0, error: 0, size: 0, same: 0, images: 0 };

const compared = (found: Comparison, wanted: NdArray, made: NdArray | undefined): Comparison => {
  const apart = Math.max(found.apart, difference(wanted, made));
  if (made?.data.length !== wanted.data.length) return { ...found, apart };
  let [error, size, same] = [found.error, found.size, found.same];
  wanted.data.forEach((value, i) => {
    error += (value - (made.data[i] ?? 0)) ** 2;
    size += value ** 2;
  });
  const [count = 0, classes = 0] = wanted.shape;
  if (wanted.shape.length !== 2 || classes < 2) return { ...found, apart, error, size };
  for (let at = 0; at < wanted.data.length; at += classes)
    same += Number(
      namedClass(wanted.data.subarray(at, at + classes)) === namedClass(made.data.subarray(at, at + classes)),
    );
  return { apart, error, size, same, images: found.images + count };
};

/** Compares all images of a source, batch by batch, output by output. */
const compareAll = async (
  opened: OpenedExport,
  wantedOf: (pixels: NdArray) => Promise<NdArrays>,
  batches: AsyncIterable<NdArray> | readonly NdArray[],
  outputs: readonly string[],
): Promise<{ readonly images: number; readonly found: ReadonlyMap<string, Comparison> }> => {
  const found = new Map(outputs.map((name) => [name, NOTHING]));
  let images = 0;
  for await (const pixels of batches) {
    const wanted = await wantedOf(pixels);
    let at = 0;
    for (const part of await ran(opened, pixels)) {
      const batch = Math.min(opened.batch ?? Infinity, pixels.shape[0] ?? 0);
      for (const [name, before] of found) {
        const own = wanted[name];
        if (own) found.set(name, compared(before, rowsOf(own, at, batch), part[name]));
      }
      at += batch;
    }
    images += at;
  }
  return { images, found };
};

export interface Comparing {
  readonly runner: Runner;
  readonly read?: ReadImages | undefined;
  /** Whether the images that are read are those that activations were rounded by. */
  readonly isSeen?: boolean | undefined;
}

/**
 * Runs a written file in the program that it is for, and compares: on made images, or on real ones. Errors: `runtime-missing`, which says
 * what to install; `export` where an output differs by more than the format allows, or, rounded by real images, does not resemble
 * the network's.
 */
export const verifyExport = async (
  format: ExportFormat,
  request: ExportRequest,
  exported: Exported,
  { runner, read, isSeen = false }: Comparing,
): Promise<Verification> => {
  const { network, task, dataset } = request;
  const opened = await openedBy(format, exported);
  const step = runner.step('verify', inferenceStep(network, { task, ...dataset }));
  try {
    const count = Math.max(IMAGES, opened.batch ?? 0);
    const batches = read ? read(opened.batch ?? BATCH) : [testPixels(count, dataset.size)];
    const wantedOf = (pixels: NdArray): Promise<NdArrays> => step.run({ images: pixels });
    const { images, found } = await compareAll(opened, wantedOf, batches, exported.outputs ?? []);
    const within = format.within === undefined ? 1e-4 : format.within;
    const differences = Object.fromEntries([...found].map(([name, { apart }]) => [name, apart]));
    const scored = [...found.values()].find((one) => one.images > 0);
    if (read) mustResemble(found, exported, opened.runtime);
    const agreement = read && scored && { agreement: scored.same / scored.images };
    const seen = isSeen && ({ isSeen } as const);
    return mustAgree(
      { runtime: opened.runtime, images, differences, within, ...agreement, ...seen },
      exported,
    );
  } finally {
    step.dispose();
    await opened.close();
  }
};

/** Scores that are further from the network's own than half of their size tell something else. */
const UNLIKE = 0.5;

const mustResemble = (
  found: ReadonlyMap<string, Comparison>,
  { files: [file = ''] }: Exported,
  runtime: string,
): void => {
  for (const [name, { error, size, images }] of found) {
    const apart = Math.sqrt(error / Math.max(size, Number.MIN_VALUE));
    if (images === 0 || apart <= UNLIKE) continue;
    throw new UnderstoryError(
      'export',
      `${file} is too coarse: "${name}" lies ${(100 * apart).toFixed(0)} % of its size from the network's own in ${runtime}. Calibrate by more images or by those that the network sees, choose ranges=percentile, or leave --calibrate out.`,
    );
  }
};

const mustAgree = (found: Verification, { files: [file = ''] }: Exported): Verification => {
  const { within, runtime, differences } = found;
  const odd = Object.entries(differences).find(([, apart]) => !(apart <= (within ?? Number.MAX_VALUE)));
  if (!odd) return found;
  throw new UnderstoryError(
    'export',
    `${file} does not give what the network gives: "${odd[0]}" differs by ${odd[1].toExponential(1)} in ${runtime}, more than ${within ?? 'a number'}. Report this with the run's config.`,
  );
};
