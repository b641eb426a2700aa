import { badPyTorch } from '../errors.ts';
import { ByteReader } from './byteReader.ts';
import { Dict, Global, type Items } from './pickleValues.ts';

/** What the reader may do where a pickle asks for more than plain values. */
export interface PickleRules {
  /** Gives the result of a call that the pickle describes, or throws. */
  call(name: string, args: Items): unknown;
  /** Resolves a reference to something outside the pickle, or throws. */
  resolve(id: unknown): unknown;
}

/** Longest pickle that is read, in bytes: some 25,000 tensors. It bounds the memory that values can take. */
const MAX_PICKLE = 2 ** 22;
const MARK = Symbol('mark');

/** The stack machine of a pickle, without anything that runs code. */
class Machine {
  readonly stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();
  readonly reader: ByteReader;
  readonly rules: PickleRules;

  constructor(bytes: Uint8Array, rules: PickleRules) {
    this.reader = new ByteReader(bytes);
    this.rules = rules;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw badPyTorch('its pickle takes more values than it has');
    return value;
  }

  top(): unknown {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw badPyTorch('its pickle takes more values than it has');
    return value;
  }

  /** The last `n` values, in order. */
  last(n: number): Items {
    const items = Array.from({ length: n }, () => this.pop());
    return items.reverse();
  }

  /** Everything above the last mark. */
  sinceMark(): Items {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw badPyTorch('its pickle has no mark where one is needed');
    return this.stack.splice(at).slice(1);
  }

  append(items: Items): void {
    const list = this.top();
    if (!Array.isArray(list)) throw badPyTorch('its pickle appends to what is no list');
    for (const item of items) list.push(item);
  }

  setItems(items: Items): void {
    const dict = this.top();
    if (!(dict instanceof Dict)) throw badPyTorch('its pickle sets an item of what is no dictionary');
    if (items.length % 2 !== 0) throw badPyTorch('its pickle sets a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.entries.push([items[i], items[i + 1]]);
  }

  reduce(): void {
    const [callee, args] = this.last(2);
    if (!(callee instanceof Global) || !Array.isArray(args))
      throw badPyTorch('its pickle calls what is no function');
    this.push(this.rules.call(callee.name, args as Items));
  }

  /** State of an object: PyTorch gives one to its ordered dictionaries alone, and nothing of it is needed. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Dict))
      throw badPyTorch('its pickle sets the state of an object that is no dictionary');
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw badPyTorch(`its pickle recalls value ${index}, which it never kept`);
    this.push(this.memo.get(index));
  }
}

/** By opcode, as Python's `pickletools` names them. */
const OPERATIONS: Readonly<Record<number, (m: Machine) => void>> = {
  0x80: ({ reader }) => reader.uint8(), // PROTO
  0x95: ({ reader }) => reader.bytes(8), // FRAME
  0x28: (m) => m.push(MARK), // MARK
  0x30: (m) => m.pop(), // POP
  0x31: (m) => m.sinceMark(), // POP_MARK
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.reader.int32()), // BININT
  0x4b: (m) => m.push(m.reader.uint8()), // BININT1
  0x4d: (m) => m.push(m.reader.uint16()), // BININT2
  0x8a: (m) => m.push(m.reader.long(m.reader.uint8())), // LONG1
  0x47: (m) => m.push(m.reader.float64()), // BINFLOAT
  0x58: (m) => m.push(m.reader.text(m.reader.uint32())), // BINUNICODE
  0x8c: (m) => m.push(m.reader.text(m.reader.uint8())), // SHORT_BINUNICODE
  0x54: (m) => m.push(m.reader.text(m.reader.uint32())), // BINSTRING
  0x55: (m) => m.push(m.reader.text(m.reader.uint8())), // SHORT_BINSTRING
  0x42: (m) => m.push(m.reader.bytes(m.reader.uint32())), // BINBYTES
  0x43: (m) => m.push(m.reader.bytes(m.reader.uint8())), // SHORT_BINBYTES
  0x7d: (m) => m.push(new Dict()), // EMPTY_DICT
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x74: (m) => m.push(m.sinceMark()), // TUPLE
  0x85: (m) => m.push(m.last(1)), // TUPLE1
  0x86: (m) => m.push(m.last(2)), // TUPLE2
  0x87: (m) => m.push(m.last(3)), // TUPLE3
  0x61: (m) => m.append(m.last(1)), // APPEND
  0x65: (m) => m.append(m.sinceMark()), // APPENDS
  0x73: (m) => m.setItems(m.last(2)), // SETITEM
  0x75: (m) => m.setItems(m.sinceMark()), // SETITEMS
  0x71: (m) => m.memo.set(m.reader.uint8(), m.top()), // BINPUT
  0x72: (m) => m.memo.set(m.reader.uint32(), m.top()), // LONG_BINPUT
  0x94: (m) => m.memo.set(m.memo.size, m.top()), // MEMOIZE
  0x68: (m) => m.recall(m.reader.uint8()), // BINGET
  0x6a: (m) => m.recall(m.reader.uint32()), // LONG_BINGET
  0x63: (m) => m.push(new Global(`${m.reader.line()}.${m.reader.line()}`)), // GLOBAL
  0x93: (m) => m.push(new Global(m.last(2).map(String).join('.'))), // STACK_GLOBAL
  0x51: (m) => m.push(m.rules.resolve(m.pop())), // BINPERSID
  0x52: (m) => m.reduce(), // REDUCE
  0x81: (m) => m.reduce(), // NEWOBJ: a class, called
  0x62: (m) => m.build(), // BUILD
};
const STOP = 0x2e;

/**
 * Reads a pickle into plain values. It is data to this reader, not a program: names stay names, and a call is answered
 * by `rules` or refused. Every other opcode is refused. Errors: `bad-pytorch`, and what `rules` throws.
 */
export const readPickle = (bytes: Uint8Array, rules: PickleRules): unknown => {
  if (bytes.length > MAX_PICKLE)
    throw badPyTorch(`its pickle has ${bytes.length} bytes, more than ${MAX_PICKLE}`);
  const machine = new Machine(bytes, rules);
  for (;;) {
    const opcode = machine.reader.uint8();
    if (opcode === STOP) return machine.pop();
    const operation = OPERATIONS[opcode];
    if (!operation)
      throw badPyTorch(
        `its pickle uses opcode 0x${opcode.toString(16)}, which weights do not need; save them with torch.save(model.state_dict(), file)`,
      );
    operation(machine);
  }
};
