import { retinanetPlugin } from './retinanet/retinanet.ts';
import { retinanetLossPlugin } from './retinanet/retinanetLoss.ts';

/** Everything that this package teaches a registry. */
export const detectionPlugins = [retinanetPlugin, retinanetLossPlugin] as const;
