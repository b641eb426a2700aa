import type { Limits } from './limits.ts';
import { Refusal } from './refusal.ts';

const none = (): Refusal =>
  new Refusal(
    400,
    'no-image',
    "Send a picture's bytes as the body, or several as files of multipart/form-data.",
  );

const badForm = (): Refusal =>
  new Refusal(400, 'bad-form', 'The body is no multipart/form-data. Send what a browser’s FormData makes.');

const tooMany = (found: string, most: number): Refusal =>
  new Refusal(413, 'too-many', `The form has ${found}, at most ${most} pictures are taken at once.`);

/** Parts of a form beside its pictures: fields of text, and what ends it. */
const OTHER_PARTS = 16;

/** Refuses a form of too many parts before it is parsed, which takes a tenth of a millisecond for each. */
const checkParts = (bytes: Uint8Array, type: string, images: number): void => {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? [];
  const edge = quoted ?? plain;
  if (edge === undefined) throw badForm();
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const mark = Buffer.from(`--${edge}`);
  let parts = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length))
    if (++parts > images + OTHER_PARTS) throw tooMany(`more than ${images + OTHER_PARTS} parts`, images);
  if (parts === 0) throw badForm();
};

/** The files of a form, in order. */
const filesOf = async (bytes: Uint8Array, type: string, images: number): Promise<Uint8Array[]> => {
  checkParts(bytes, type, images);
  const form = await new Response(bytes as BodyInit, { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw badForm();
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
  const found =
    type?.startsWith('multipart/form-data') === true ? await filesOf(bytes, type, images) : [bytes];
  if (found.length === 0) throw none();
  if (found.length <= images) return found;
  throw tooMany(`${found.length} pictures`, images);
};
