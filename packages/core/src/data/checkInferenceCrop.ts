import type { Samples } from '../contracts/dataset.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { UnderstoryError } from '../errors.ts';
import { SPLITS } from './fingerprint.ts';
import { isSpatial } from './view.ts';

/** Why the middle of these images cannot be looked at alone, with the cure; undefined where it can. */
const faultOf = (
  { targets, canvases, size: [height, width] }: Samples,
  [down, across]: readonly [number, number],
): string | undefined => {
  const spatial = Object.entries(targets).find(([, { kind }]) => isSpatial(kind));
  if (spatial)
    return `have "${spatial[0]}", whose numbers stand for places in the whole image. Leave "inferenceCrop" out.`;
  if (canvases)
    return 'lie on canvases of several sizes, so their middle is not that of the picture. Leave it out.';
  if (down <= height && across <= width) return undefined;
  return `have ${height}×${width} pixels. Give at most these, or a larger "size" to the dataset.`;
};

/**
 * Refuses a crop at inference that would show less than targets stand for, or more than there is. Errors: `inference-crop`.
 */
export const checkInferenceCrop = ({
  dataset,
  inferenceCrop,
}: Pick<Experiment, 'dataset' | 'inferenceCrop'>): void => {
  if (!inferenceCrop) return;
  for (const split of SPLITS) {
    const fault = faultOf(dataset[split], inferenceCrop);
    if (fault === undefined) continue;
    const given = `"inferenceCrop" is [${inferenceCrop.join(', ')}]`;
    throw new UnderstoryError('inference-crop', `${given}, and ${split} images of ${dataset.name} ${fault}`);
  }
};
