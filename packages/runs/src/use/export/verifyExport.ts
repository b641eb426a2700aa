import {
  float32,
  inferenceStep,
  UnderstoryError,
  type Exported,
  type ExportFormat,
  type ExportRequest,
  type NdArray,
  type NdArrays,
  type OpenedExport,
  type Runner,
} from '@understory/core';
import { openSavedModel } from '@understory/engine';

/** What a written file gives beside what the network itself gives. */
export interface Verification {
  /** What ran the file. */
  readonly runtime: string;
  readonly images: number;
  /** The largest difference of each output, as a share of its largest number, or of 1 where all are smaller. */
  readonly differences: Readonly<Record<string, number>>;
  /** How large they may be; null where weights are rounded to 8 bits, and accuracy is what tells. */
  readonly within: number | null;
}

/** How many images are compared; a format may take fewer at once. */
const IMAGES = 4;

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
  const [count] = pixels.shape as [number];
  const batch = Math.min(opened.batch ?? count, count);
  const made: NdArrays[] = [];
  for (let at = 0; at + batch <= count; at += batch) made.push(await opened.run(rowsOf(pixels, at, batch)));
  return made;
};

/** What the network itself gives. */
const own = async (
  runner: Runner,
  { network, task, dataset }: ExportRequest,
  pixels: NdArray,
): Promise<NdArrays> => {
  const step = runner.step('verify', inferenceStep(network, { task, normalization: dataset.normalization }));
  try {
    return await step.run({ images: pixels });
  } finally {
    step.dispose();
  }
};

const openedBy = (format: ExportFormat, { files, outputs }: Exported): Promise<OpenedExport> => {
  if (!format.open)
    throw new UnderstoryError(
      'export',
      `The format "${format.name}" holds weights alone, which nothing runs. Leave --verify out: they are the network's own.`,
    );
  return format.open({ files, ...(outputs && { outputs }), savedModel: openSavedModel, backend: 'cpu' });
};

/**
 * Runs a written file in the program that it is for, and compares. Errors: `runtime-missing`, which says what to install; `export` where
 * an output differs by more than the format allows.
 */
export const verifyExport = async (
  format: ExportFormat,
  request: ExportRequest,
  exported: Exported,
  runner: Runner,
): Promise<Verification> => {
  const opened = await openedBy(format, exported);
  try {
    const images = Math.max(IMAGES, opened.batch ?? 0);
    const pixels = testPixels(images, request.dataset.size);
    const wanted = await own(runner, request, pixels);
    const made = await ran(opened, pixels);
    const differences: Record<string, number> = {};
    for (const name of exported.outputs ?? []) {
      const parts = made.map((part, i) => {
        const [count] = part[name]?.shape ?? [0];
        return difference(rowsOf(wanted[name]!, i * count!, count!), part[name]);
      });
      differences[name] = Math.max(...parts);
    }
    return mustAgree(
      {
        runtime: opened.runtime,
        images,
        differences,
        within: format.within === undefined ? 1e-4 : format.within,
      },
      exported,
    );
  } finally {
    await opened.close();
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
