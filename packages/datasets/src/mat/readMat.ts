import { UnderstoryError } from '@understory/core';
import { badAnnotation } from '../boxes/annotationText.ts';
import { elementAt, TYPE, unfolded, type Budget, type Part } from './elements.ts';
import { readMatrix, type Matrix } from './matrix.ts';
import type { MatFile, MatValue } from './values.ts';

const HEADER = 128;
const VERSION = 0x0100;
/** Most bytes that all of a file unfolds to, and matrices that it holds: the longest lists of the field have a third. */
const MAX_UNFOLDED = 2 ** 25;
const MAX_MATRICES = 300_000;

const CURE = "save it in version 5 or 7: save('file.mat', '-v7') in MATLAB, or scipy.io.savemat in Python";

const text = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/** A file of version 4 begins with a number of up to 4 digits, MOPT, in one order of bytes or the other: never with text. */
const isVersion4 = (bytes: Uint8Array): boolean => bytes.subarray(0, 4).includes(0);

/** The order of bytes that a header says. Errors: `bad-annotation` for other versions and other files. */
const isLittleEndian = (bytes: Uint8Array): boolean => {
  if (text(bytes, 1, 4) === 'HDF' || text(bytes, 0, 10) === 'MATLAB 7.3')
    throw badAnnotation(`a MATLAB file of version 7.3 (HDF5), which is not read; ${CURE}`);
  if (isVersion4(bytes)) throw badAnnotation(`a MATLAB file of version 4, or damaged; ${CURE}`);
  if (bytes.length < HEADER)
    throw badAnnotation(`no MATLAB file: it has ${bytes.length} bytes and no header`);
  const mark = text(bytes, 126, 128);
  if (mark !== 'IM' && mark !== 'MI')
    throw badAnnotation(
      'no MATLAB file of version 5: its header does not end with IM or MI; download it again',
    );
  const version = new DataView(bytes.buffer, bytes.byteOffset + 124, 2).getUint16(0, mark === 'IM');
  if (version !== VERSION)
    throw badAnnotation(`a MATLAB file of the version 0x${version.toString(16)}, which is not read; ${CURE}`);
  return mark === 'IM';
};

const matrixAt = (part: Part, at: number, budget: Budget): Matrix & { readonly next: number } => {
  try {
    const element = elementAt(part, at);
    const matrix = element.type === TYPE.compressed ? unfolded(element, budget) : element;
    return { ...readMatrix(matrix, budget), next: element.next };
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    throw badAnnotation(`${error.message} (in the variable at byte ${at})`, error);
  }
};

/**
 * Reads a MATLAB file of version 5, which MATLAB writes as -v6 and -v7: numbers, text, cells and structs, compressed or not,
 * in either order of bytes. Other kinds of variables are named and not read. Nothing but `bytes` is looked at, and memory
 * is bounded whatever they claim. Source: MathWorks, "MAT-File Format", R2024. Errors: `bad-annotation`, with the reason alone.
 */
export const readMat = (bytes: Uint8Array): MatFile => {
  if (bytes.length > MAX_UNFOLDED)
    throw badAnnotation(`larger than ${MAX_UNFOLDED / 2 ** 20} MB, as no list of images is`);
  const part: Part = { bytes, isLittle: isLittleEndian(bytes) };
  const budget: Budget = { bytes: MAX_UNFOLDED, matrices: MAX_MATRICES };
  const file = new Map<string, MatValue>();
  for (let at = HEADER; at < bytes.length;) {
    const { name, value, next } = matrixAt(part, at, budget);
    if (file.has(name)) throw badAnnotation(`it has the variable ${name.slice(0, 40)} twice`);
    // What has no name is the workspace of its functions and objects.
    if (name !== '') file.set(name, value);
    at = next;
  }
  return file;
};
