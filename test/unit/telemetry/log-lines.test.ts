import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
// Those that pino-pretty writes itself: SGR, ECMA-48 §8.3.117.
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
const COLOUR = /\u001b\[\d+m/g;

describe('E12: names and errors of others in the log, read in a terminal', () => {
  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text]))(
    '%j is one line, and is read back as it was',
    async (_, text) => {
      const lines: string[] = [];
      const logger = await createLogger({
        level: 'info',
        pretty: false,
        destination: { write: (line) => lines.push(line) },
      });
      logger.info({ tag: text, err: new Error(text) }, 'event received');
      const [line = '', ...more] = lines;
      expect(more).toEqual([]);
      expect(line.replace(/\n$/, '')).not.toMatch(OBEYED);
      const { tag } = JSON.parse(line);
      // Nothing in these is a secret but what looks like a URL's.
      expect(tag).toBe(JSON.parse(JSON.stringify(text)));
    },
  );

  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text]))(
    '%j moves nothing in the coloured log',
    async (_, text) => {
      const lines: string[] = [];
      const logger = await createLogger({
        level: 'info',
        pretty: true,
        destination: { write: (line) => lines.push(line) },
      });
      logger.info({ tag: text, err: new Error(text) }, `about ${text}`);
      expect(lines.join('').replace(COLOUR, '').replaceAll('\n', '')).not.toMatch(OBEYED);
    },
  );
});
