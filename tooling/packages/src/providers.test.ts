import { expect, it } from 'vitest';
import { PROVIDERS } from '../../../packages/registry/src/providers.ts';
import { providersNow } from './providers.ts';

it('every plugin stands with its package in what the registry knows', async () => {
  expect(PROVIDERS, '`npm run renew` writes them down').toEqual(await providersNow());
});
