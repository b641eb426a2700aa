import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// Relative addresses: the built page works from any folder of any server, and without a network.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: { target: 'es2023', chunkSizeWarningLimit: 3000 },
});
