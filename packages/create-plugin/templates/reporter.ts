import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { callbacks, plugin, REPORTER, RUN } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: REPORTER,
  name: 'own',
  summary: 'One line an epoch, for a spreadsheet',
  options: z.strictObject({
    file: z.string().default('epochs.csv').describe("the file's name in the run's folder"),
  }),
  uses: { run: RUN },
  create: ({ file, run }) => {
    const write = (cells: readonly (string | number)[]) => {
      appendFileSync(path.join(run.folder, path.basename(file)), `${cells.join(',')}\n`);
    };
    return callbacks({
      start: ({ step }) => {
        if (step === 0) write(['epoch', 'loss']); // a resumed run goes on
      },
      epoch: ({ epoch, loss }) => write([epoch + 1, loss]),
    });
  },
});
