/** Whole numbers and bytes that grow by doubling: what an index is made of while its shard is gone through. */
export interface Column<T extends Int32Array | Uint8Array> {
  push(...values: readonly number[]): void;
  append(values: Uint8Array): void;
  readonly length: number;
  /** What was pushed, in memory of its own. */
  end(): T;
}

const column = <T extends Int32Array | Uint8Array>(make: (length: number) => T): Column<T> => {
  let data = make(1024);
  let length = 0;
  const room = (more: number): void => {
    if (length + more <= data.length) return;
    const larger = make(Math.max(2 * data.length, length + more));
    larger.set(data);
    data = larger;
  };
  return {
    push(...values) {
      room(values.length);
      for (const value of values) data[length++] = value;
    },
    append(values) {
      room(values.length);
      data.set(values, length);
      length += values.length;
    },
    get length() {
      return length;
    },
    end: () => data.slice(0, length) as T,
  };
};

export const int32Column = (): Column<Int32Array> => column((length) => new Int32Array(length));
export const byteColumn = (): Column<Uint8Array> => column((length) => new Uint8Array(length));
