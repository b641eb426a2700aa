import sharp from 'sharp';
import { smallJpeg, decodeSmallJpeg } from './src/image/jpeg/decodeSmallJpeg.ts';
import { resizeBilinear } from './src/image/resizeBilinear.ts';
import { decodeImage } from './src/image/decodeImage.ts';
let bad = 0, none = 0, n = 0;
for (const chroma of ['4:2:0', '4:4:4']) for (const q of [5, 40, 75, 95, 100]) for (let h = 1; h <= 50; h += 3) for (let w = 1; w <= 50; w += 2) {
  const px = new Uint8Array(h*w*3).map((_, i) => (q%2 ? Math.imul(i, 2654435761)>>>24 : (i*7)%256));
  const j = await sharp(px,{raw:{width:w,height:h,channels:3}}).jpeg({quality:q, chromaSubsampling: chroma, optimiseCoding: w%3===0}).toBuffer();
  const want = await sharp(j).raw().toBuffer();
  const head = smallJpeg(j, 1e6); const got = head && decodeSmallJpeg(j, head);
  n++; if (!got) { none++; continue; }
  if (Buffer.compare(Buffer.from(got.data), want) !== 0) { bad++; if (bad < 5) { let k=0; while (got.data[k]===want[k]) k++; console.log(chroma,q,h,w,'first',k, got.data[k], want[k]); } }
}
console.log({ n, bad, none });
const px = new Uint8Array(32*32*3).map((_, i) => (Math.imul(i>>2, 2654435761)>>>24));
const j = await sharp(px,{raw:{width:32,height:32,channels:3}}).blur(1).jpeg({quality:75}).toBuffer();
const t = (n: string, f: () => unknown, k=3000) => { for (let i=0;i<500;i++) f(); const c=process.cpuUsage(); for (let i=0;i<k;i++) f(); const u=process.cpuUsage(c); console.log(n, ((u.user+u.system)/1000/k).toFixed(4),'ms cpu'); };
t('header', ()=>smallJpeg(j,1e6)); t('decode', ()=>decodeSmallJpeg(j, smallJpeg(j,1e6)!));
const p = decodeSmallJpeg(j, smallJpeg(j,1e6)!)!;
t('resize 224', ()=>resizeBilinear(p,[224,224]), 500);
const o={maxPixels:1e8, background:[255,255,255] as const, size:[32,32] as const};
let c=process.cpuUsage(); for (let i=0;i<3000;i++) await decodeImage(j,o); let u=process.cpuUsage(c); console.log('decodeImage 32', ((u.user+u.system)/3e6).toFixed(4));
c=process.cpuUsage(); for (let i=0;i<500;i++) await decodeImage(j,{...o,size:[224,224]}); u=process.cpuUsage(c); console.log('decodeImage 224', ((u.user+u.system)/5e5).toFixed(4));
