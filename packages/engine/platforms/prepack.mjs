// Refuses to pack a platform's package whose addons are missing or damaged: `npm run release:addons` on that platform makes them.
// Where they cannot be made, PLATFORMS_WITHOUT_ADDONS names the platform, and its package is empty: machines of that kind then
// compile. It is published all the same, since yarn installs nothing that has an optional dependency which is not there.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const platform = path.basename(process.cwd());

const refuse = (why) => {
  console.error(
    `@understory/engine-${platform}: ${why}. Run \`npm run release:addons\` on ${platform} first.`,
  );
  process.exit(1);
};

const check = ({ platform: theirs, files }) => {
  if (theirs !== platform) refuse(`its addons are for ${theirs}`);
  for (const [file, hash] of Object.entries(files)) {
    const whole = existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === hash;
    if (!whole) refuse(`${file} is missing or damaged`);
  }
};

if (existsSync('prebuilt.json')) check(JSON.parse(readFileSync('prebuilt.json', 'utf8')));
else if (!(process.env.PLATFORMS_WITHOUT_ADDONS ?? '').split(' ').includes(platform))
  refuse('its addons are not made yet');
