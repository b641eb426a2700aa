// Makes a package of compiled addons from the engine that is installed, in a folder that is named.
import { makePrebuilt } from '../prebuilt/make.ts';

const [into = ''] = process.argv.slice(2);
await makePrebuilt({ into });
