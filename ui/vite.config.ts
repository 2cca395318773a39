/**
 * How the page is built. Invariant: every file but index.html has a hash in its name, every address in them is
 * relative (the page works below any path), and nothing is written into the document that its policy would refuse.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Puts early.ts into the document as a script of its own, which runs before the page's is there. */
const early: Plugin = {
  name: 'early',
  transformIndexHtml: {
    order: 'post',
    handler(_, { bundle = {} }) {
      const { fileName } = Object.values(bundle).find(
        file => file.type === 'chunk' && file.name === 'early',
      )!;
      // Not as a module, which waits for the whole document.
      const attrs = { async: true, src: `./${fileName}` };
      return [{ tag: 'script', attrs, injectTo: 'head-prepend' }];
    },
  },
};

export default defineConfig({
  plugins: [early],
  root: folder('.'),
  base: './',
  publicDir: folder('public'),
  logLevel: 'warn',
  build: {
    outDir: folder('../dist/ui'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    // A file written into the document as data: would be refused, and is not cached.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: {
      input: { index: folder('index.html'), early: folder('early.ts') },
      // `use client` means nothing here, where all code is the client's.
      onLog: (level, log, tell) => log.code === 'MODULE_LEVEL_DIRECTIVE' || tell(level, log),
    },
    license: { fileName: 'licenses.txt' },
  },
});
