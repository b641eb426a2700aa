// Native tests run on TensorFlow through the engine.
import { loadEngine } from '@understory/engine';

await loadEngine();
