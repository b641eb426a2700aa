/**
 * The same bytes, a plain array over memory that no other thread changes while it is read: a Node `Buffer` becomes one
 * (its `slice` is a view), shared memory is copied.
 */
export const plainBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const { buffer, byteOffset, length } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(bytes);
};

/** A part of the bytes in a buffer of its own, in which elements of every width are aligned. */
export const copiedPart = (bytes: Uint8Array, begin: number, end: number): ArrayBuffer =>
  new Uint8Array(bytes.subarray(begin, end)).buffer;
