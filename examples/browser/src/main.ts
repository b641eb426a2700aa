import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { memory, ready, setBackend } from '@tensorflow/tfjs-core';
import type { Backbone } from '@understory/core';
import { Curves } from './chart.ts';
import { nearest, splitTaps } from './neighbours.ts';
import { buildNetwork, look, softmax } from './network.ts';
import { imageOf, Paper } from './paper.ts';
import type { Manifest, Seen } from './shared.ts';
import { train } from './train.ts';

setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});

const find = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} named ${id}.`);
  return found;
};
const bytes = async (name: string): Promise<ArrayBuffer> => (await fetch(`./${name}`)).arrayBuffer();

const manifest = (await (await fetch('./network.json')).json()) as Manifest;
const weights = new Float32Array(await bytes('weights.bin'));
const pixels = new Uint8Array(await bytes('pixels.bin'));
const taps = splitTaps(manifest, new Float32Array(await bytes('embeddings.bin')));
const canvasOf = (at: number): HTMLCanvasElement => {
  const canvas = document.createElement('canvas');
  [canvas.height, canvas.width] = manifest.size;
  canvas.getContext('2d')?.putImageData(imageOf(pixels, at, manifest.size), 0, 0);
  return canvas;
};

/** The backends of which one can be chosen; the first of them trains. */
const BACKENDS = ['webgl', 'webgpu', 'wasm'] as const;
/** Undefined until a backend is there. */
let network: Backbone | undefined;

/** Moves the network to a backend of tfjs. */
const use = async (name: string): Promise<void> => {
  if (name === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await setBackend(name))) throw new Error(`This browser has no ${name}.`);
  await ready();
  network = buildNetwork(manifest, weights);
};

const drawClasses = ({ logits }: Seen): number => {
  const shares = softmax(logits);
  const order = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const [best = 0] = order;
  find('said', HTMLParagraphElement).textContent =
    `It says ${manifest.classes[best] ?? ''}, with ${Math.round((shares[best] ?? 0) * 100)} %.`;
  const bars = order.slice(0, 5).map((at) => {
    const bar = document.createElement('div');
    bar.className = 'bar';
    const [name, length, share] = [0, 1, 2].map(() => document.createElement('span')) as [
      HTMLSpanElement,
      HTMLSpanElement,
      HTMLSpanElement,
    ];
    name.textContent = manifest.classes[at] ?? '';
    length.style.width = `${(shares[at] ?? 0) * 100}%`;
    share.textContent = `${((shares[at] ?? 0) * 100).toFixed(0)} %`;
    bar.append(name, length, share);
    return bar;
  });
  find('classes', HTMLDivElement).replaceChildren(...bars);
  return best;
};

const drawDepths = (seen: Seen, best: number): void => {
  const rows = manifest.taps.map(({ name }, tap) => {
    const row = document.createElement('div');
    row.className = 'depth';
    const title = document.createElement('span');
    title.textContent = name;
    const list = document.createElement('ol');
    for (const { at, likeness } of nearest(
      seen.taps[tap] ?? new Float32Array(),
      taps[tap] ?? new Float32Array(),
      8,
    )) {
      const item = document.createElement('li');
      const { name: drawing, label } = manifest.drawings[at] ?? { name: '', label: -1 };
      item.title = `${drawing}, ${manifest.classes[label] ?? ''}`;
      if (label === best) item.className = 'same';
      item.append(canvasOf(at), likeness.toFixed(2));
      list.append(item);
    }
    row.append(title, list);
    return row;
  });
  find('depths', HTMLDivElement).replaceChildren(...rows);
};

const see = async (): Promise<void> => {
  if (!network) return;
  const [seen] = await look(network, manifest, paper.pixels(manifest.size));
  if (seen) drawDepths(seen, drawClasses(seen));
};

let asked = false;
const paper = new Paper(find('paper', HTMLCanvasElement), () => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    void see();
  });
});

let running: AbortController | undefined;

const progress = (text: string): void => {
  find('progress', HTMLSpanElement).textContent = text;
};

const runTraining = async (): Promise<void> => {
  const curves = new Curves(find('curves', HTMLDivElement));
  running = new AbortController();
  const button = find('train', HTMLButtonElement);
  button.textContent = 'Stop';
  try {
    const backend = find('backend', HTMLSelectElement);
    if (backend.value !== 'webgl') await use((backend.value = 'webgl'));
    for await (const { step, loss, terms, tensors } of train(manifest, pixels, { signal: running.signal })) {
      progress(`step ${step + 1}, ${tensors} tensors`);
      curves.add('loss', loss);
      for (const [name, value] of Object.entries(terms)) curves.add(name.split('/').at(-1) ?? name, value);
    }
  } catch (error) {
    progress(`It stopped: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    running = undefined;
    button.textContent = 'Train';
  }
};

/** Says why nothing can be trained here, where that is so. */
const withoutWebgl = async (): Promise<void> => {
  find('train', HTMLButtonElement).disabled = true;
  progress('This browser has no WebGL, by which the page trains: it can look at pictures, by WebAssembly.');
  for (const option of choice.options) if (option.value !== 'wasm') option.disabled = true;
  await use((choice.value = 'wasm'));
};

find('train', HTMLButtonElement).addEventListener('click', () => {
  if (running) running.abort();
  else void runTraining();
});
find('clear', HTMLButtonElement).addEventListener('click', () => paper.clear());
find('example', HTMLButtonElement).addEventListener('click', () => {
  const at = Math.floor(Math.random() * manifest.drawings.length);
  void paper.show(imageOf(pixels, at, manifest.size));
});
find('colour', HTMLInputElement).addEventListener(
  'input',
  ({ target }) => (paper.colour = (target as HTMLInputElement).value),
);
find('brush', HTMLInputElement).addEventListener(
  'input',
  ({ target }) => (paper.brush = Number((target as HTMLInputElement).value)),
);
find('file', HTMLInputElement).addEventListener('change', ({ target }) => {
  const file = (target as HTMLInputElement).files?.[0];
  if (file)
    paper
      .show(file)
      .catch(
        () =>
          (find('said', HTMLParagraphElement).textContent =
            `${file.name} is no picture that this browser reads.`),
      );
});
const choice = find('backend', HTMLSelectElement);
const offered = BACKENDS.filter((name) => name !== 'webgpu' || 'gpu' in navigator);
choice.append(...offered.map((name) => new Option(name)));
choice.addEventListener('change', () => {
  const fall = (): Promise<void> => {
    progress(`This browser has no ${choice.value} after all.`);
    return use((choice.value = 'wasm'));
  };
  void use(choice.value).catch(fall).then(see);
});

// Without a graphics card the other one looks just the same; the choice above says which it is.
await use('webgl').catch(withoutWebgl);
await paper.show(imageOf(pixels, 0, manifest.size));

/** For the page's test: what the console can ask too. */
Object.assign(globalThis, {
  understory: {
    use,
    memory,
    manifest,
    predict: async (count: number) => {
      const some = pixels.subarray(0, count * manifest.size[0] * manifest.size[1] * 3);
      return network && (await look(network, manifest, some)).map(({ logits }) => [...logits]);
    },
    train: (signal: AbortSignal) => train(manifest, pixels, { batch: 8, signal }),
  },
});
