import { installLastResort } from './lastResort.ts';
import { main } from './main.ts';

installLastResort();
process.exitCode = await main(process.argv.slice(2));
// What a config or a plugin left running keeps no failed command alive.
if (process.exitCode !== 0) setTimeout(() => process.exit(), 500).unref();
