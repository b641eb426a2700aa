// Trains three steps of every row of every table at paper scale, on miniatures of its data: `npm run check:tables`. The pictures
// have the paper's size, batches two images. An hour on two cores; `-- --only imagenet,distillation --rows cds` takes some alone,
// `--eager` goes op by op, for which detectors need 14 GB.
import { parseArgs } from 'node:util';
import { eagerRunner } from '@understory/core';
import { compiledRunner, loadEngine } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { defaultPlugins } from '../defaultPlugins.ts';
import { writeTableData } from './tableData.test.support.ts';
import { paperTables, threeSteps } from './tableRows.test.support.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string' },
    batch: { type: 'string', default: '2' },
    side: { type: 'string' },
    eager: { type: 'boolean', default: false },
  },
});
const size = { batch: Number(values.batch), ...(values.side !== undefined && { side: Number(values.side) }) };
const wanted = values.only?.split(',');
const rows = new RegExp(values.rows ?? '');

await loadEngine();
const registry = createRegistry(defaultPlugins);
let failed = 0;
for (const table of paperTables(writeTableData()).filter(({ name }) => wanted?.includes(name) ?? true))
  for (const row of table.rows.filter(({ home, key }) => !home && rows.test(key))) {
    const started = performance.now();
    const runner = values.eager ? eagerRunner() : compiledRunner();
    const told = await threeSteps(table, row, { registry, runner, ...size }).then(
      (events) => {
        const finite = events.length === 3 && events.every(({ loss }) => Number.isFinite(loss));
        return finite ? `loss ${events.map(({ loss }) => loss.toFixed(3)).join(' ')}` : undefined;
      },
      (error: unknown) => {
        console.log(String(error));
        return undefined;
      },
    );
    runner.dispose();
    failed += told === undefined ? 1 : 0;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${told === undefined ? 'FAILED' : 'ok'}  ${table.name} ${row.key}  ${seconds} s  ${told ?? ''}`,
    );
  }
console.log(failed === 0 ? 'Every row trains.' : `${failed} rows failed.`);
process.exitCode = failed === 0 ? 0 : 1;
