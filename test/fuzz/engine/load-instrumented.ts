import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { learnWord, nextCounter, useCounters } from './coverage.ts';
import { instrument } from './instrument.ts';

/** The product, and the libraries that read hostile bytes for it. */
const COUNTED = /\/src\/|\/node_modules\/(?:@sigstore\/(?:bundle|core|protobuf-specs|verify)|yaml|jose|hysnappy)\//;
/** Numbers and texts for humans alone. */
const LEFT_OUT = /\/src\/(?:cli|records|notify|telemetry)\//;

/** From now on this thread loads those sources so that they count what is reached. */
export function loadInstrumented(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:') || !COUNTED.test(url) || LEFT_OUT.test(url) || !/\.[cm]?[jt]s$/.test(url))
        return loaded;
      if (loaded.source === undefined || loaded.source === null) return loaded;
      const source =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
      const counted = instrument(fileURLToPath(url), source, nextCounter());
      if (counted === undefined) return loaded;
      useCounters(counted.next);
      if (url.includes('/src/')) for (const word of counted.words) learnWord(word);
      return { ...loaded, source: counted.source };
    },
  });
}
