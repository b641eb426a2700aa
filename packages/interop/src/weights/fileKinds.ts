/** A kind of file that is no weights file read here: how it is told by its first bytes, what it is, and the cure. */
interface FileKind {
  readonly is: (file: FileStart) => boolean;
  readonly what: string;
  readonly cure: string;
}

interface FileStart {
  readonly bytes: Uint8Array;
  /** The first bytes as text, one character a byte, without what stands before it. */
  readonly text: string;
  /** The file's path; empty where bytes were given. */
  readonly path: string;
}

const begins =
  (...magic: number[]) =>
  ({ bytes }: FileStart): boolean =>
    magic.every((byte, i) => bytes[i] === byte);

const textAt = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/** LevelDB's mark at the end of a table: TensorFlow's checkpoints are such tables. */
const isTable = ({ bytes }: FileStart): boolean =>
  [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb].every((byte, i) => bytes.at(i - 8) === byte);

/** A protocol buffer that begins with a version, then a producer's name or a graph. */
const isOnnx = ({ bytes, path }: FileStart): boolean => {
  if (bytes[0] !== 0x08 || !(bytes[1]! >= 2 && bytes[1]! <= 30)) return false;
  const producer = textAt(bytes, 4, 4 + Math.min(bytes[3] ?? 0, 40));
  return (
    path.endsWith('.onnx') || bytes[2] === 0x3a || (bytes[2] === 0x12 && /^[\w .+-]{2,}$/.test(producer))
  );
};

const UNPACK = 'Unpack it first';
const AGAIN = 'and download the file itself';
const TO_SAFETENSORS = 'safetensors.torch.save_file(model.state_dict(), "weights.safetensors")';
const KERAS =
  'Convert it with tensorflowjs_converter --input_format=keras and read the model.json that it writes with readLayersModel()';

const KINDS: readonly FileKind[] = [
  { is: ({ bytes }) => bytes.length === 0, what: 'an empty file', cure: 'Download or save it again' },
  {
    is: ({ text }) => text.startsWith('version https://git-lfs'),
    what: 'a pointer of Git LFS, not the file that it stands for',
    cure: 'Run "git lfs pull" in its repository',
  },
  {
    is: ({ text }) => /^<(?:!doctype html|html|head|body|!--)/i.test(text),
    what: 'a web page (HTML)',
    cure: `The link leads to a page: open it in a browser ${AGAIN}`,
  },
  {
    is: ({ text }) => text.startsWith('<?xml') || /^<[a-z][\w:]*[\s>]/i.test(text),
    what: 'an XML text, as servers send it with an error',
    cure: `Look into it ${AGAIN}`,
  },
  { is: begins(0x1f, 0x8b), what: 'packed with gzip', cure: `${UNPACK}: gunzip, or tar -xzf for a .tar.gz` },
  { is: begins(0xfd, 0x37, 0x7a, 0x58, 0x5a), what: 'packed with xz', cure: `${UNPACK}: unxz, or tar -xJf` },
  { is: begins(0x42, 0x5a, 0x68), what: 'packed with bzip2', cure: `${UNPACK}: bunzip2, or tar -xjf` },
  { is: begins(0x28, 0xb5, 0x2f, 0xfd), what: 'packed with Zstandard', cure: `${UNPACK}: unzstd` },
  { is: begins(0x37, 0x7a, 0xbc, 0xaf), what: 'a 7z archive', cure: UNPACK },
  { is: begins(0x52, 0x61, 0x72, 0x21), what: 'a RAR archive', cure: UNPACK },
  {
    is: ({ bytes }) => textAt(bytes, 257, 262) === 'ustar',
    what: 'a tar archive',
    cure:
      'Unpack it (tar -xf) and give the weights file in it. If PyTorch before 0.1.10 wrote it, save it again with a ' +
      'current one: torch.save(torch.load(file), file)',
  },
  { is: begins(0x89, 0x48, 0x44, 0x46), what: 'an HDF5 file, as Keras writes it', cure: KERAS },
  {
    is: begins(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59),
    what: 'one NumPy array (.npy), without names',
    cure: `Give the whole network: ${TO_SAFETENSORS}`,
  },
  {
    is: ({ bytes }) => textAt(bytes, 4, 8) === 'TFL3',
    what: 'a TensorFlow Lite model',
    cure: 'Give the weights that it was made from, as safetensors or from torch.save',
  },
  {
    is: (file) => isTable(file) || /\.(?:index|meta|data-\d+-of-\d+)$/.test(file.path),
    what: 'a part of a TensorFlow checkpoint',
    cure: 'Load it in Keras, model.save("model.h5"), then tensorflowjs_converter --input_format=keras; readLayersModel() reads that',
  },
  {
    is: (file) => file.path.endsWith('.pb') || begins(8, 1, 0x12)(file),
    what: 'a TensorFlow SavedModel or graph',
    cure: KERAS,
  },
  {
    is: isOnnx,
    what: 'an ONNX model',
    cure: `Give the weights that it was made from, in PyTorch: ${TO_SAFETENSORS}`,
  },
  {
    is: ({ text }) => /^\{\s*"(?:modelTopology|format)"/.test(text),
    what: 'a model.json of TensorFlow.js',
    cure: 'Read it with readLayersModel()',
  },
  {
    is: ({ text }) => /^\{[^]{0,200}"(?:weight_map|total_size)"/.test(text),
    what: 'the index of weights that are split over several files',
    cure: 'Join them: load the model in Python and save_file(model.state_dict(), "weights.safetensors")',
  },
  {
    is: ({ text }) => /^[[{]\s*["[{\]}\d]/.test(text),
    what: 'JSON text, not weights',
    cure: 'Give the .safetensors, .pt or .pth file; a server that refuses a download also sends such text',
  },
  {
    is: begins(0x25, 0x50, 0x44, 0x46),
    what: 'a PDF',
    cure: 'Give the .safetensors, .pt or .pth file',
  },
  {
    is: ({ bytes }) =>
      begins(0x89, 0x50, 0x4e, 0x47)({ bytes, text: '', path: '' }) ||
      (bytes[0] === 0xff && bytes[1] === 0xd8),
    what: 'an image',
    cure: 'Give the .safetensors, .pt or .pth file',
  },
  {
    is: ({ text }) => text.length > 3 && /^[\t\n\r\x20-\x7e]+$/.test(text),
    what: 'text, not weights',
    cure: `Look into it ${AGAIN}`,
  },
];

/** What a file is that is no weights file read here, and what to do: `is …. …`; undefined where it may be one. */
export const foreignKind = (bytes: Uint8Array, path = ''): string | undefined => {
  const text = textAt(bytes, 0, 300).replace(/^(?:\xef\xbb\xbf)?\s+|^\xef\xbb\xbf/, '');
  const kind = KINDS.find(({ is }) => is({ bytes, text, path: path.toLowerCase() }));
  return kind && `is ${kind.what}. ${kind.cure}.`;
};
