import { installLastResort } from './lastResort.ts';
import { main } from './main.ts';

installLastResort();
process.exitCode = await main(process.argv.slice(2));
