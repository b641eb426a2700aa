import { listed } from '../errors.ts';

/** What a zip archive is that PyTorch did not write, by the names in it, and what to do. */
export const zipKind = (names: readonly string[]): string => {
  const files = names.filter((name) => !name.endsWith('/') && !name.startsWith('__MACOSX'));
  if (files.length === 0) return 'is a zip archive without files. Download or save it again.';
  if (files.every((name) => name.endsWith('.npy'))) {
    return (
      'is an archive of NumPy arrays (.npz). Convert it in Python: ' +
      'safetensors.numpy.save_file(dict(numpy.load(file)), "weights.safetensors").'
    );
  }
  if (files.some((name) => name.endsWith('.weights.h5'))) {
    return (
      'is a model of Keras 3 (.keras). Save it as .h5, keras.models.load_model(file).save("model.h5"), convert that with ' +
      'tensorflowjs_converter --input_format=keras, and read its model.json with readLayersModel().'
    );
  }
  const weights = files.filter((name) => /\.(?:safetensors|pth?|bin|ckpt)$/.test(name));
  const inside = weights.length > 0 ? `, and give ${listed(weights, 3)}` : `: it holds ${listed(files, 3)}`;
  return `is a zip archive that torch.save did not write. Unpack it${inside}.`;
};
