import { configSchema } from '@understory/config';
import { optionRows, openRegistry } from '@understory/runs';
import { textTable } from '../text.ts';

/** `understory config`: the keys of a config as a table, or its JSON Schema. */
export const config = async ({ schema }: { schema: boolean }): Promise<void> => {
  const json = configSchema(await openRegistry([], process.cwd()));
  if (schema) {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  const rows = optionRows(json).map((r) => [r.name, r.default, r.about]);
  process.stdout.write(`${textTable(['key', 'default', 'meaning'], rows)}\n`);
  process.stdout.write(
    '\nA plugin is written as its name, or as [name, { options }]. understory list shows them all.\n',
  );
};
