/** The same bytes as callers have them: every function that takes a `Uint8Array` must read each of these alike. */
export const byteForms = (bytes: Uint8Array): readonly (readonly [form: string, bytes: Uint8Array])[] => {
  const room = new Uint8Array(bytes.length + 8).fill(0xa5);
  room.set(bytes, 3);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 8)).fill(0xa5);
  shared.set(bytes, 5);
  return [
    ['a Buffer', Buffer.from(bytes)],
    ['a part of a Buffer', Buffer.from(room).subarray(3, 3 + bytes.length)],
    ['a part of an array', room.subarray(3, 3 + bytes.length)],
    ['shared memory', shared.subarray(5, 5 + bytes.length)],
  ];
};
