import { PIXELS_MODULE } from './pixelsModule.ts';

type SummedPixels = readonly [row: number, taps: number, pairs: number, count: number, to: number];
type MixedRows = readonly [a: number, b: number, v: number, w: number, length: number, to: number];

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly sumRows: (pairs: number, count: number, length: number, to: number) => void;
  readonly sumPixels: (...given: SummedPixels) => void;
  readonly mixRows: (...given: MixedRows) => void;
}

/** What `pixels.wat` exports, with memory of a given size. What lies in it counts until the next caller has it. */
export interface PixelMachine extends Exports {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

/** Bytes that rows may be read and written beyond their ends. */
export const SLACK = 16;

const PAGE = 65_536;

/** Undefined where the processor has no such instructions: whoever asks then has another way to the same pixels. */
const load = (): Exports | undefined => {
  try {
    const code = new WebAssembly.Module(Buffer.from(PIXELS_MODULE, 'base64'));
    // TypeScript knows no module's exports; these are what `pixels.wat` beside this declares.
    return new WebAssembly.Instance(code).exports as unknown as Exports;
  } catch {
    return undefined;
  }
};

let loaded: { readonly exports: Exports | undefined } | undefined;

/** The machine with so much memory at least, which is loaded when it is first asked for. */
export const pixelMachine = (size: number): PixelMachine | undefined => {
  loaded ??= { exports: load() };
  if (!loaded.exports) return undefined;
  const { memory, sumRows, sumPixels, mixRows } = loaded.exports;
  const missing = size - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const { buffer } = memory;
  return {
    memory,
    sumRows,
    sumPixels,
    mixRows,
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
  };
};

/** Places for parts of these sizes one after the other, each at a multiple of 16, and the size of all. */
export const layOut = (
  sizes: readonly number[],
): { readonly places: readonly number[]; readonly size: number } => {
  let size = 0;
  const places = sizes.map((length) => {
    const at = size;
    size += Math.ceil((length + SLACK) / 16) * 16;
    return at;
  });
  return { places, size };
};
