// Makes src/image/wasm/pixelsModule.ts of pixels.wat, or the file that is named: `node pixelsModule.mjs [file]`.
import { readFileSync, writeFileSync } from 'node:fs';
import load from 'wabt';

const at = (name) => new URL(`../src/image/wasm/${name}`, import.meta.url);
const wabt = await load();
const parsed = wabt.parseWat('pixels.wat', readFileSync(at('pixels.wat'), 'utf8'), { simd: true });
parsed.validate();
const text = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
const lines = text.match(/.{1,100}/g).map((line) => `  '${line}',\n`);
writeFileSync(
  process.argv[2] ?? at('pixelsModule.ts'),
  `/** \`pixels.wat\` as it runs, in base64: what \`testdata/pixelsModule.mjs\` made of it. */\nexport const PIXELS_MODULE = [\n${lines.join('')}].join('');\n`,
);
