// Makes src/image/wasm/pixelsModule.ts of pixels.wat: `npm install wabt` anywhere, then `node pixelsModule.mjs` with it in reach.
import { readFileSync, writeFileSync } from 'node:fs';
// @boundaries-ignore installed by hand where the module is made anew
import load from 'wabt';

const at = (name) => new URL(`../src/image/wasm/${name}`, import.meta.url);
const wabt = await load();
const parsed = wabt.parseWat('pixels.wat', readFileSync(at('pixels.wat'), 'utf8'), { simd: true });
parsed.validate();
const text = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
const lines = text.match(/.{1,100}/g).map((line) => `  '${line}',\n`);
writeFileSync(
  at('pixelsModule.ts'),
  `/** \`pixels.wat\` as it runs, in base64: what \`testdata/pixelsModule.mjs\` made of it. */\nexport const PIXELS_MODULE = [\n${lines.join('')}].join('');\n`,
);
