import { main } from './main.ts';

// A reader that goes away (`understory list | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
// What a config or a plugin left running keeps no failed command alive.
if (process.exitCode !== 0) setTimeout(() => process.exit(), 500).unref();
