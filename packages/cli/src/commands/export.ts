import { exportRun } from '@understory/runs';

/** `understory export <run> [folder]`: the network from the best weights, for other programs. */
export const exportModel = async (
  run: string,
  folder: string | undefined,
  { format }: { readonly format: string },
): Promise<void> => {
  const { files, about } = await exportRun({ run, folder, format });
  process.stdout.write(`${files[0] ?? run}: ${about}\n`);
};
