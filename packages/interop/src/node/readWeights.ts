import {
  CHECKPOINT_FORMAT,
  decodeSafetensors,
  isWholeCheckpoint,
  plainBytes,
  UnderstoryError,
} from '@understory/core';
import { isLegacyPyTorch, readPyTorch } from './readPyTorch.ts';
import { inFile } from '../errors.ts';
import type { LeftOut, Weights } from '../weights/weights.ts';
import { fileBytes } from './fileBytes.ts';
import { foreignKind } from '../weights/fileKinds.ts';

/** Longest header of a safetensors file, in bytes. */
const MAX_HEADER = 100_000_000;

/**
 * A header's length and its beginning. Asked before all else: a length of 640 bytes looks like a pickle's first bytes, and
 * one of 19280 like a zip's.
 */
const isSafetensors = (bytes: Uint8Array): boolean => {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true) <= MAX_HEADER;
};
const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2]! <= 8;
const isPickle = (bytes: Uint8Array): boolean => bytes[0] === 0x80 && bytes[1]! <= 5;

const foreign = (source: string, what: string): UnderstoryError =>
  new UnderstoryError('bad-weights', `${source} ${what}`);

const damagedCheckpoint = (source: string): UnderstoryError =>
  new UnderstoryError(
    'damaged',
    `${source} is damaged: its checksum is not that of its bytes. Copy it again, or name another checkpoint of its run.`,
  );

const readPickled = async (bytes: Uint8Array, source: string): Promise<Weights> => {
  if (isLegacyPyTorch(bytes)) return { format: 'pytorch', ...(await readPyTorch(bytes)) };
  throw foreign(
    source,
    'is a Python pickle that torch.save did not write. Load it in Python if you trust it, and save its tensors: ' +
      'torch.save({name: torch.as_tensor(value) …}, "weights.pth").',
  );
};

const readSafetensors = (bytes: Uint8Array, source: string): Weights => {
  const leftOut: LeftOut[] = [];
  const unread = (tensor: Omit<LeftOut, 'kind'>): void => void leftOut.push({ ...tensor, kind: 'tensor' });
  const read = decodeSafetensors(bytes, { unread });
  if (read.metadata['format'] === CHECKPOINT_FORMAT && !isWholeCheckpoint(bytes, read.metadata))
    throw damagedCheckpoint(source);
  return { format: 'safetensors', ...read, leftOut };
};

const decode = async (bytes: Uint8Array, path: string | undefined): Promise<Weights> => {
  const source = path ?? 'This file';
  if (isSafetensors(bytes)) return readSafetensors(bytes, source);
  if (isZip(bytes)) return { format: 'pytorch', ...(await readPyTorch(bytes)) };
  if (isPickle(bytes)) return readPickled(bytes, source);
  const kind = foreignKind(bytes, path);
  if (kind !== undefined) throw foreign(source, kind);
  return readSafetensors(bytes, source);
};

/**
 * Reads a weights file by what is in it, whatever its name: safetensors, or what `torch.save` wrote (`.pt`, `.pth`,
 * `.bin`), of which tensors are read and nothing is run. `source` is a path or the file's bytes. What cannot be read
 * beside the tensors is left out and named. Errors: `bad-weights` for missing files, folders and other formats, with the
 * cure; `bad-safetensors`, `bad-pytorch`, `unsafe-pickle`.
 */
export const readWeights = async (source: string | Uint8Array): Promise<Weights> => {
  const path = typeof source === 'string' ? source : undefined;
  const bytes = plainBytes(typeof source === 'string' ? await fileBytes(source) : source);
  try {
    const weights = await decode(bytes, path);
    if (Object.keys(weights.tensors).length > 0 || weights.format === 'safetensors') return weights;
    throw noTensors(weights);
  } catch (error) {
    throw inFile(error, path);
  }
};

const noTensors = ({ leftOut }: Weights): UnderstoryError => {
  const [first] = leftOut;
  const held = first ? `; ${first.name || 'it'} is left out: ${first.why}` : '';
  return new UnderstoryError(
    'bad-pytorch',
    `The file holds no tensor that can be read${held}. Save the weights: torch.save(model.state_dict(), file).`,
  );
};
