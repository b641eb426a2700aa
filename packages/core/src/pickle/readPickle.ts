import type { ByteReader } from './byteReader.ts';
import { Machine, MARK, type PickleRules } from './machine.ts';

/** Most operations that are read, some of a million tensors' pickle: they bound the memory that values can take. */
const MAX_OPERATIONS = 2 ** 22;
/** Longest whole number that is read, in bytes; a longer one is turned into digits slowly. */
const MAX_LONG = 1024;

const longOf = (reader: ByteReader, length: number): number | bigint => {
  if (length > MAX_LONG) throw reader.refusal(`its pickle holds a number of ${length} bytes`);
  return reader.long(length);
};

/** A number of protocol 0, where `01` and `00` are true and false. */
const written = (reader: ByteReader): unknown => {
  const line = reader.line();
  if (line === '01' || line === '00') return line === '01';
  const digits = line.replace(/L$/, '');
  if (!/^-?\d{1,1000}$/.test(digits)) throw reader.refusal('its pickle holds a number that is none');
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
};
const keep = (m: Machine, index: number): void => void m.memo.set(index, m.top());
const unquoted = (line: string): string => line.replace(/^(['"])(.*)\1$/s, '$2');

/** By opcode, as Python's `pickletools` names them. */
const OPERATIONS: Readonly<Record<number, (m: Machine) => void>> = {
  0x80: ({ reader }) => reader.uint8(), // PROTO
  0x95: ({ reader }) => reader.bytes(8), // FRAME
  0x28: (m) => m.push(MARK), // MARK
  0x30: (m) => m.pop(), // POP
  0x31: (m) => m.sinceMark(), // POP_MARK
  0x32: (m) => m.push(m.top()), // DUP
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.reader.int32()), // BININT
  0x4b: (m) => m.push(m.reader.uint8()), // BININT1
  0x4d: (m) => m.push(m.reader.uint16()), // BININT2
  0x49: (m) => m.push(written(m.reader)), // INT
  0x4c: (m) => m.push(written(m.reader)), // LONG
  0x46: (m) => m.push(Number(m.reader.line())), // FLOAT
  0x8a: (m) => m.push(longOf(m.reader, m.reader.uint8())), // LONG1
  0x8b: (m) => m.push(longOf(m.reader, m.reader.uint32())), // LONG4
  0x47: (m) => m.push(m.reader.float64()), // BINFLOAT
  0x53: (m) => m.push(unquoted(m.reader.line())), // STRING
  0x56: (m) => m.push(m.reader.line()), // UNICODE
  0x58: (m) => m.push(m.reader.text(m.reader.uint32())), // BINUNICODE
  0x8c: (m) => m.push(m.reader.text(m.reader.uint8())), // SHORT_BINUNICODE
  0x8d: (m) => m.push(m.reader.text(m.reader.uint64())), // BINUNICODE8
  0x54: (m) => m.byteString(m.reader.bytes(m.reader.uint32())), // BINSTRING
  0x55: (m) => m.byteString(m.reader.bytes(m.reader.uint8())), // SHORT_BINSTRING
  0x42: (m) => m.push(m.reader.bytes(m.reader.uint32())), // BINBYTES
  0x43: (m) => m.push(m.reader.bytes(m.reader.uint8())), // SHORT_BINBYTES
  0x8e: (m) => m.push(m.reader.bytes(m.reader.uint64())), // BINBYTES8
  0x96: (m) => m.push(m.reader.bytes(m.reader.uint64())), // BYTEARRAY8
  0x7d: (m) => m.dict([]), // EMPTY_DICT
  0x64: (m) => m.dict(m.sinceMark()), // DICT
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x8f: (m) => m.push([]), // EMPTY_SET
  0x6c: (m) => m.push(m.sinceMark()), // LIST
  0x74: (m) => m.push(m.sinceMark()), // TUPLE
  0x91: (m) => m.push(m.sinceMark()), // FROZENSET
  0x85: (m) => m.push(m.last(1)), // TUPLE1
  0x86: (m) => m.push(m.last(2)), // TUPLE2
  0x87: (m) => m.push(m.last(3)), // TUPLE3
  0x61: (m) => m.append(m.last(1)), // APPEND
  0x65: (m) => m.append(m.sinceMark()), // APPENDS
  0x90: (m) => m.append(m.sinceMark()), // ADDITEMS
  0x73: (m) => m.setItems(m.last(2)), // SETITEM
  0x75: (m) => m.setItems(m.sinceMark()), // SETITEMS
  0x70: (m) => keep(m, Number(m.reader.line())), // PUT
  0x71: (m) => keep(m, m.reader.uint8()), // BINPUT
  0x72: (m) => keep(m, m.reader.uint32()), // LONG_BINPUT
  0x94: (m) => keep(m, m.memo.size), // MEMOIZE
  0x67: (m) => m.recall(Number(m.reader.line())), // GET
  0x68: (m) => m.recall(m.reader.uint8()), // BINGET
  0x6a: (m) => m.recall(m.reader.uint32()), // LONG_BINGET
  0x63: (m) => m.global(m.reader.line(), m.reader.line()), // GLOBAL
  0x93: (m) => m.global(...(m.last(2) as [unknown, unknown])), // STACK_GLOBAL
  0x82: (m) => m.global('copyreg', `extension${m.reader.uint8()}`), // EXT1
  0x83: (m) => m.global('copyreg', `extension${m.reader.uint16()}`), // EXT2
  0x84: (m) => m.global('copyreg', `extension${m.reader.int32()}`), // EXT4
  0x50: (m) => m.push(m.rules.resolve(m.reader.line())), // PERSID
  0x51: (m) => m.push(m.rules.resolve(m.pop())), // BINPERSID
  0x52: (m) => m.call(...(m.last(2) as [unknown, unknown])), // REDUCE
  0x81: (m) => m.call(...(m.last(2) as [unknown, unknown])), // NEWOBJ: a class, called
  // NEWOBJ_EX: a class, called with arguments by position and by name.
  0x92: (m) => {
    const [callee, args, named] = m.last(3);
    m.call(callee, [...(Array.isArray(args) ? (args as unknown[]) : [args]), named]);
  },
  // OBJ: a class and its arguments since the mark.
  0x6f: (m) => {
    const [callee, ...args] = m.sinceMark();
    m.call(callee, args);
  },
  // INST: likewise, the class by its name.
  0x69: (m) => {
    const args = m.sinceMark();
    m.global(m.reader.line(), m.reader.line());
    m.call(m.pop(), args);
  },
  0x62: (m) => m.build(), // BUILD
};
const STOP = 0x2e;

/**
 * Reads a pickle into plain values, up to its end. It is data to this reader, not a program: names stay names, and what
 * stands for a call `rules` says. Errors: those of the reader's `refusal`, and what `rules` throws.
 */
export const readPickle = (reader: ByteReader, rules: PickleRules): unknown => {
  const machine = new Machine(reader, rules);
  for (let done = 0; done < MAX_OPERATIONS; done++) {
    const opcode = reader.uint8();
    if (opcode === STOP) return machine.pop();
    const operation = OPERATIONS[opcode];
    if (!operation) throw reader.refusal(`its pickle has a damaged opcode 0x${opcode.toString(16)}`);
    operation(machine);
  }
  throw reader.refusal(`its pickle has more than ${MAX_OPERATIONS} operations`);
};
