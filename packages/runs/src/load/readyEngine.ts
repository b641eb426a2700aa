import { decodeJpegsBy } from '@understory/datasets';
import { decodeJpeg, loadEngine, type Engine } from '@understory/engine';

/** The engine, loaded; where native TensorFlow is there, datasets decode by it too. */
export const readyEngine = async (): Promise<Engine> => {
  const engine = await loadEngine();
  if (engine.addonPath !== null) decodeJpegsBy(decodeJpeg);
  return engine;
};
