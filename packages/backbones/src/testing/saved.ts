import type { io } from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';

/** Saves a model in memory and loads it again as any tfjs program would. */
export const reloaded = async (model: LayersModel): Promise<LayersModel> => {
  let artifacts: io.ModelArtifacts = {};
  await model.save({
    save: (made) => {
      artifacts = made;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    },
  });
  // Through text, as a file would be: what JSON cannot hold is lost here too.
  const modelTopology = JSON.parse(JSON.stringify(artifacts.modelTopology)) as object;
  return loadLayersModel({ load: () => Promise.resolve({ ...artifacts, modelTopology }) });
};
