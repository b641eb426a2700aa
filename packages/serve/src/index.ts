export {
  predictClient,
  PredictError,
  type ClassProbability,
  type ClientOptions,
  type Picture,
  type PredictClient,
  type PredictResult,
  type ServerHealth,
} from './client.ts';
