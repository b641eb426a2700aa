import { isObject, UnderstoryError } from '@understory/core';
import type { DepthNumbers, ReportInput, ReportMethod } from './input.ts';

/** What a run keeps to be looked at beside its curves: its views, and what it says of test images, where it has been tested. */
export interface Look {
  readonly views?: ReportInput['views'];
  readonly examples?: ReportInput['examples'];
  readonly pictures?: ReportInput['pictures'];
  readonly metrics?: ReportInput['metrics'];
  readonly task?: string;
  readonly credit?: string;
  /** What evaluators tell of every tap, by measure: known before the first of them looked. */
  readonly perTap?: DepthNumbers['measures'];
  readonly method?: Pick<ReportMethod, 'predictions' | 'examples' | 'boxes' | 'depth'>;
}

const ARRAYS = { Float32Array, Int32Array, Uint8Array } as const;
type ArrayName = keyof typeof ARRAYS;

const isArrayName = (name: unknown): name is ArrayName =>
  typeof name === 'string' && Object.hasOwn(ARRAYS, name);

const packed = (_key: string, value: unknown): unknown => {
  if (value instanceof Map) return { $map: [...(value as Map<unknown, unknown>)] };
  if (!ArrayBuffer.isView(value)) return value;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { $array: value.constructor.name, base64: bytes.toString('base64') };
};

const unpacked = (_key: string, value: unknown): unknown => {
  if (!isObject(value)) return value;
  if (Array.isArray(value['$map'])) return new Map(value['$map'] as [unknown, unknown][]);
  const { $array: name, base64 } = value;
  if (!isArrayName(name) || typeof base64 !== 'string') return value;
  const bytes = Buffer.from(base64, 'base64');
  const size = ARRAYS[name].BYTES_PER_ELEMENT;
  // A copy of its own: a buffer of Node's lies anywhere among others.
  const own = Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % size)));
  return new ARRAYS[name](own.buffer);
};

/** A look as text, which `decodeLook` reads. */
export const encodeLook = (look: Look): string =>
  JSON.stringify({ format: 'understory-look-1', ...look }, packed);

/**
 * What a run kept. Whether its parts fit together a report checks, which refuses what does not. Errors: `bad-look` where the text is
 * none.
 */
export const decodeLook = (text: string): Look => {
  const bad = (why: string): UnderstoryError =>
    new UnderstoryError(
      'bad-look',
      `This is no look of a run: ${why}. Delete the file; the run itself needs it not.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text, unpacked) as unknown;
  } catch (error) {
    throw bad((error as Error).message.slice(0, 120));
  }
  if (!isObject(value) || value['format'] !== 'understory-look-1') throw bad('its format is another');
  return value;
};
