import fc from 'fast-check';
import { expect, it } from 'vitest';
import { imagesIn } from './images.ts';
import { LIMITS } from './limits.ts';
import { Refusal } from './refusal.ts';

const TYPE = 'multipart/form-data; boundary=edge';
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));
const part = (name: string, body: string): string =>
  `--edge\r\ncontent-disposition: form-data; name="${name}"; filename="a.jpg"\r\n\r\n${body}\r\n`;
const FORM = `${part('a', 'one')}${part('b', 'two')}--edge--\r\n`;

it('takes a body as it is, and the files of a form in order', async () => {
  expect(await imagesIn(bytesOf('one'), 'image/jpeg', LIMITS)).toEqual([bytesOf('one')]);
  expect((await imagesIn(bytesOf(FORM), TYPE, LIMITS)).map(text)).toEqual(['one', 'two']);
  await expect(imagesIn(bytesOf(FORM), TYPE, { ...LIMITS, images: 1 })).rejects.toMatchObject({
    status: 413,
  });
  await expect(imagesIn(bytesOf('--edge--\r\n'), TYPE, LIMITS)).rejects.toBeInstanceOf(Refusal);
});

it('refuses a form of too many parts before it parses it', async () => {
  const many = bytesOf(`${part('a', 'z').repeat(200_000)}--edge--\r\n`);
  // Parsed, it would hold the server still for 20 s, and be refused for its pictures.
  await expect(imagesIn(many, TYPE, LIMITS)).rejects.toMatchObject({
    ...{ status: 413, code: 'too-many' },
    message: expect.stringMatching(/more than \d+ parts/) as string,
  });
  await expect(imagesIn(bytesOf('x'.repeat(100)), TYPE, LIMITS)).rejects.toMatchObject({ code: 'bad-form' });
  await expect(imagesIn(bytesOf(FORM), 'multipart/form-data', LIMITS)).rejects.toMatchObject({ status: 400 });
});

it('gives pictures of a damaged form or refuses it, whatever its bytes are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(FORM.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(FORM.length),
      async (changes, length) => {
        const bytes = bytesOf(FORM);
        for (const [at, value] of changes) bytes[at] = value;
        const given = await imagesIn(bytes.slice(0, length), TYPE, LIMITS).catch((error: unknown) => error);
        expect(given instanceof Refusal || Array.isArray(given)).toBe(true);
      },
    ),
    { seed: 4, numRuns: 100 },
  );
});
