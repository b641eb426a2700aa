export { serve, type ServeOptions, type Serving } from './server.ts';
export { LIMITS, type Access, type Limits } from './limits.ts';
export type { ModelInfo, Predictor, ReadyImage } from './predictor.ts';
