export { conformance, checkedKinds } from './conformance.ts';
export type { Check, ConformanceOptions } from './check.ts';
