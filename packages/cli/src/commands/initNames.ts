/** Bytes of a name: a file system takes 255, of which the run's and the file's endings need some. */
const MOST = 100;

const cutTo = (text: string, most: number): string => {
  let cut = '';
  for (const letter of text) {
    if (Buffer.byteLength(cut + letter) > most) break;
    cut += letter;
  }
  return cut;
};

const tidy = (name: string, others: RegExp): string =>
  cutTo(name.replaceAll(others, '-').replace(/^[._-]+/, ''), MOST).replace(/[.-]+$/, '') || 'run';

/**
 * What a config is called by its data's name: its file has letters of any script, its run those that the config's key `name`
 * takes, which are ASCII; letters with marks lose these.
 */
export const initNames = (place: string): { readonly file: string; readonly run: string } => {
  const file = tidy(place.normalize('NFC'), /[^\p{L}\p{M}\p{N}_.-]+/gu);
  return { file, run: tidy(file.normalize('NFKD').replaceAll(/\p{M}+/gu, ''), /[^\w.-]+/g) };
};
