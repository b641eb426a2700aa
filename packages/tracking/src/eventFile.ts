import { double, float, message, type Content } from '@understory/core/protobuf';
import { maskedCrc32c } from './maskedCrc32c.ts';

/** A picture in a format that a browser shows, PNG say. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** How numbers are spread: how many lie in each of some bins, which touch. */
export interface Histogram {
  readonly least: number;
  readonly most: number;
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
  /** Upper ends of the bins, in order, and how many numbers lie in each. */
  readonly ends: readonly number[];
  readonly counts: readonly number[];
}

/** What one entry of an event file says. */
export type Summary = { readonly tag: string } & (
  { readonly scalar: number } | { readonly image: EncodedImage } | { readonly histogram: Histogram }
);

/** Field numbers of TensorFlow's `event.proto` and `summary.proto`. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 };
const VALUE = { tag: 1, scalar: 2, image: 4, histogram: 5 };
const IMAGE = { height: 1, width: 2, colorspace: 3, encoded: 4 };
const HISTOGRAM = { least: 1, most: 2, count: 3, sum: 4, squares: 5, ends: 6, counts: 7 };
const SESSION_START = 1;
const RGB = 3;

/** An event in the frame of a record file: length, its checksum, the event, its checksum. */
export const record = (event: Uint8Array): Uint8Array => {
  const out = new Uint8Array(event.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedCrc32c(out.subarray(0, 8)), true);
  out.set(event, 12);
  view.setUint32(12 + event.length, maskedCrc32c(event), true);
  return out;
};

/** The format leaves the default value out. */
const unlessZero = (value: number): number | undefined => (value === 0 ? undefined : value);

const imageOf = ({ width, height, bytes }: EncodedImage): Uint8Array =>
  message({
    [IMAGE.height]: unlessZero(height),
    [IMAGE.width]: unlessZero(width),
    [IMAGE.colorspace]: RGB,
    [IMAGE.encoded]: bytes,
  });

/** A list of doubles as the format packs it. */
const doubles = (values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
};

const doubleUnlessZero = (value: number): ReturnType<typeof double> | undefined =>
  value === 0 ? undefined : double(value);

const histogramOf = ({ least, most, count, sum, squares, ends, counts }: Histogram): Uint8Array =>
  message({
    [HISTOGRAM.least]: doubleUnlessZero(least),
    [HISTOGRAM.most]: doubleUnlessZero(most),
    [HISTOGRAM.count]: doubleUnlessZero(count),
    [HISTOGRAM.sum]: doubleUnlessZero(sum),
    [HISTOGRAM.squares]: doubleUnlessZero(squares),
    [HISTOGRAM.ends]: doubles(ends),
    [HISTOGRAM.counts]: doubles(counts),
  });

const contentOf = (summary: Summary): Readonly<Record<number, Content>> => {
  if ('image' in summary) return { [VALUE.image]: imageOf(summary.image) };
  if ('histogram' in summary) return { [VALUE.histogram]: histogramOf(summary.histogram) };
  return { [VALUE.scalar]: float(summary.scalar) };
};

const valueOf = (summary: Summary): Uint8Array =>
  message({ [VALUE.tag]: summary.tag, ...contentOf(summary) });

/** The first event of every file. `seconds` are since 1970. */
export const versionEvent = (seconds: number): Uint8Array =>
  message({ [EVENT.wallTime]: double(seconds), [EVENT.fileVersion]: 'brain.Event:2' });

/** Says that a run begins at `step`: readers forget what an earlier file told of that step and later ones. */
export const startEvent = (seconds: number, step: number): Uint8Array =>
  message({
    [EVENT.wallTime]: double(seconds),
    [EVENT.step]: unlessZero(step),
    [EVENT.sessionLog]: message({ 1: SESSION_START }),
  });

export const summaryEvent = (seconds: number, step: number, summaries: readonly Summary[]): Uint8Array =>
  message({
    [EVENT.wallTime]: double(seconds),
    [EVENT.step]: unlessZero(step),
    [EVENT.summary]: message({ 1: summaries.map(valueOf) }),
  });
