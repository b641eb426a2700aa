// Unit tests run on tfjs's own CPU backend: portable, and without the native engine.
import '@tensorflow/tfjs';
import { ready, setBackend } from '@tensorflow/tfjs-core';

await setBackend('cpu');
await ready();
