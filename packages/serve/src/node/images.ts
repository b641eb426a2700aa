import type { Limits } from './limits.ts';
import { Refusal } from './refusal.ts';

const none = (): Refusal =>
  new Refusal(
    400,
    'no-image',
    "Send a picture's bytes as the body, or several as files of multipart/form-data.",
  );

/** The files of a form, in order. */
const filesOf = async (bytes: Uint8Array, type: string): Promise<Uint8Array[]> => {
  const form = await new Response(bytes as BodyInit, { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw new Refusal(
        400,
        'bad-form',
        'The body is no multipart/form-data. Send what a browser’s FormData makes.',
      );
    });
  const files = [...form.values()].filter((value): value is File => typeof value !== 'string');
  return Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
};

/** The pictures of a request. Errors: `Refusal`. */
export const imagesIn = async (
  bytes: Uint8Array,
  type: string | undefined,
  { images }: Limits,
): Promise<readonly Uint8Array[]> => {
  if (bytes.length === 0) throw none();
  const found = type?.startsWith('multipart/form-data') === true ? await filesOf(bytes, type) : [bytes];
  if (found.length === 0) throw none();
  if (found.length <= images) return found;
  throw new Refusal(
    413,
    'too-many',
    `The form has ${found.length} pictures, at most ${images} are taken at once.`,
  );
};
