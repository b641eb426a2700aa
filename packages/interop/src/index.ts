export { exportModel, inferenceModel, type ExportedDataset } from './exportModel.ts';
