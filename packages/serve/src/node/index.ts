export { serve, type ServeOptions, type Serving } from './server.ts';
export { LIMITS, type Limits } from './limits.ts';
export type { Access } from './access.ts';
export type { ModelInfo, Predictor, ReadyImage } from './predictor.ts';
