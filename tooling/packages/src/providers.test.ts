import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROVIDERS_FILE, providersNow, providersText } from './providers.ts';
import { formatted } from './written.ts';

it('every plugin stands with its package in what the registry knows', async () => {
  const now = await formatted(PROVIDERS_FILE, providersText(await providersNow()));
  expect(readFileSync(PROVIDERS_FILE, 'utf8'), '`npm run renew` writes it down').toBe(now);
});
