import { convnextPlugins } from './convnext/convnext.ts';
import { densenetPlugins } from './densenet/densenet.ts';
import { efficientnetPlugins } from './efficientnet/efficientnet.ts';
import { mobilenetV1Plugins } from './mobilenet/v1.ts';
import { mobilenetV2Plugins } from './mobilenet/v2.ts';
import { mobilenetV3Plugins } from './mobilenet/v3.ts';
import { preactResnetPlugins } from './preact/preact.ts';
import { resnetPlugins } from './resnet/resnet.ts';
import { senetPlugins } from './senet/senet.ts';
import { shufflenetPlugins } from './shufflenet/shufflenet.ts';
import { vggPlugins } from './vgg/vgg.ts';
import { vitPlugins } from './vit/vit.ts';

/** Every backbone of this package, for a registry. */
export const backbonePlugins = [
  ...resnetPlugins,
  ...senetPlugins,
  ...preactResnetPlugins,
  ...vggPlugins,
  ...mobilenetV1Plugins,
  ...mobilenetV2Plugins,
  ...mobilenetV3Plugins,
  ...shufflenetPlugins,
  ...efficientnetPlugins,
  ...densenetPlugins,
  ...convnextPlugins,
  ...vitPlugins,
];
