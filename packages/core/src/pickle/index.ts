export { ByteReader, type Refusal } from './byteReader.ts';
export type { PickleRules } from './machine.ts';
export { readPickle } from './readPickle.ts';
export { Dict, Global, Inert, type Items } from './values.ts';
