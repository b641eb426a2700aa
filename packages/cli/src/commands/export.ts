import { exportRun } from '@understory/runs';

/** `understory export <run> [folder]`: model.json for plain tfjs, from the best weights. */
export const exportModel = async (run: string, folder?: string): Promise<void> => {
  const { file, outputs } = await exportRun(run, folder);
  const out = outputs.join(', ');
  process.stdout.write(`${file}: pixels 0…255 in, ${out} out; tf.loadLayersModel() reads it.\n`);
};
