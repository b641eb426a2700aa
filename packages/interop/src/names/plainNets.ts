import type { Slot } from '../model/slots.ts';
import { layerTable, type NameTable } from './nameTable.ts';
import { hasLayer } from './positions.ts';

/** VGG in torchvision: convolutions, batch norms, ReLUs and pools in one row. */
export const vggTorchvision = (slots: readonly Slot[]): NameTable => {
  const places = new Map<string, number>();
  let at = 0;
  for (let b = 1; hasLayer(slots, `block${b}/conv1`); b++, at++) {
    for (let i = 1; hasLayer(slots, `block${b}/conv${i}`); i++) {
      places.set(`${b}/conv${i}`, at++);
      if (hasLayer(slots, `block${b}/norm${i}`)) places.set(`${b}/norm${i}`, at++);
      at++;
    }
  }
  return layerTable('torchvision', [
    [/block(\d+\/\w+)/, (layer) => `features.${places.get(layer) ?? ''}`],
    [/fc1/, 'classifier.0'],
    [/fc2/, 'classifier.3'],
    [/classifier/, hasLayer(slots, 'fc1') ? 'classifier.6' : 'classifier'],
  ]);
};

/** DenseNet, the same in torchvision and timm. */
export const densenetNames = (code: string): NameTable =>
  layerTable(code, [
    [/stem\/(conv|norm)/, 'features.$10'],
    [
      /stage(\d)\/layer(\d+)\/(\w+)/,
      (s, l, layer) => `features.denseblock${s}.denselayer${Number(l) + 1}.${layer}`,
    ],
    [/transition(\d)\/(\w+)/, 'features.transition$1.$2'],
    [/(?:end\/)?norm/, 'features.norm5'],
    [/classifier/, 'classifier'],
  ]);
