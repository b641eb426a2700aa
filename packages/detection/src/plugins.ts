import { fasterRcnnPlugin } from './fasterRcnn/fasterRcnn.ts';
import { fasterRcnnLossPlugin } from './fasterRcnn/fasterRcnnLoss.ts';
import { retinanetPlugin } from './retinanet/retinanet.ts';
import { retinanetLossPlugin } from './retinanet/retinanetLoss.ts';

/** Everything that this package teaches a registry. */
export const detectionPlugins = [
  retinanetPlugin,
  fasterRcnnPlugin,
  retinanetLossPlugin,
  fasterRcnnLossPlugin,
] as const;
