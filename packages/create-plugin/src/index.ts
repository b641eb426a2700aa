export { filesOf, type Choice } from './files.ts';
export { isKind, KINDS, type Kind } from './kinds.ts';
