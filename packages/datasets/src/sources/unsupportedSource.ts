import { imageFormat, unsupportedImage } from '../image/imageFormat.ts';

const WRITE = 'Write its images to <class>/<image> files and give that folder';
const UNPACK = 'Unpack it and give the folder';
const ASCII = new TextDecoder('latin1');

/** First bytes of files that people give as a dataset, and what to do with each. */
const KINDS: readonly (readonly [magic: string, what: string, cure: string])[] = [
  ['PAR1', 'a Parquet table', 'The dataset parquet reads it'],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file', WRITE],
  ['\x93NUMPY', 'a NumPy array', WRITE],
  ['SQLite format 3', 'an SQLite database', WRITE],
  ['ARROW1', 'an Arrow table', WRITE],
  ['\x80\x02', 'a Python pickle', WRITE],
  ['\x80\x03', 'a Python pickle', WRITE],
  ['\x80\x04', 'a Python pickle', WRITE],
  ['\x80\x05', 'a Python pickle', WRITE],
  ['MATLAB 5.0', 'a MATLAB file', WRITE],
  ['BZh', 'a bzip2 archive', UNPACK],
  ['\xfd7zXZ', 'an xz archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive', UNPACK],
  ['7z\xbc\xaf', 'a 7-Zip archive', UNPACK],
  ['Rar!', 'a RAR archive', UNPACK],
];

const isText = (head: Uint8Array): boolean => {
  try {
    // The end may cut a character in two.
    return !/[\0-\x08\x0e-\x1f]/.test(
      new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }),
    );
  } catch {
    return false;
  }
};

/** What a file is that is neither folder, tar nor zip, and what to do: `it is …. …`. Undefined where that cannot be told. */
export const unsupportedSource = (head: Uint8Array): string | undefined => {
  if (head.length === 0) return 'it is an empty file. Download it again';
  const image = imageFormat(head);
  if (image) return `it is one ${image.toUpperCase()} image. Give the folder that holds <class>/<image>`;
  const text = ASCII.decode(head);
  const known = KINDS.find(([magic]) => text.startsWith(magic));
  if (known) return `it is ${known[1]}. ${known[2]}`;
  const unsupported = unsupportedImage(head);
  if (unsupported) return `it is ${unsupported}`;
  if (!isText(head)) return undefined;
  return 'it is a text file, such as a list of images. The dataset table reads CSV and JSONL; others want the folder that holds <class>/<image>';
};
