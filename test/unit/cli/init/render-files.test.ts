import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CI_NAMES, type CiName, type InitAnswers, NOTIFY_WAYS } from '../../../../src/cli/init/answers.ts';
import { CI_SIGNERS } from '../../../../src/cli/init/ci-signers.ts';
import { REGISTRY_GUIDES } from '../../../../src/cli/init/registry-guides.ts';
import { renderFiles, renderSteps } from '../../../../src/cli/init/render-files.ts';
import { readConfig } from '../../../../src/config/read-config.ts';
import { REGISTRY_KIND_NAMES, REGISTRY_KINDS, type RegistryKindName } from '../../../../src/domain/registry-kind.ts';
import { makeTempDir } from '../../../support/temp-dir.ts';

const GOLDEN = join(import.meta.dirname, '../../../fixtures/init');
const PUBLIC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });

function answersFor(registry: RegistryKindName, ci: CiName, more: Partial<InitAnswers> = {}): InitAnswers {
  const { url, repositories, ways } = REGISTRY_GUIDES[registry];
  return {
    registry,
    url: new URL(url),
    repositories,
    announce: ways[0] ?? 'poll',
    ci,
    source: CI_SIGNERS[ci].example,
    notify: 'slack',
    address: new URL('https://lazaret.example.com'),
    ...more,
  };
}

/** Everything one call writes and says, in one text. */
function whole(answers: InitAnswers): string {
  const files = renderFiles(answers, 'RANDOM').map(({ name, content }) => `=== ${name}\n${content}`);
  return `${files.join('\n')}\n=== and says\n${renderSteps(answers, '.').join('\n')}\n`;
}

async function readBack(answers: InitAnswers) {
  const dir = await makeTempDir('init');
  onTestFinished(() => dir.remove());
  const files = [
    ...renderFiles(answers, 'a-random-secret-of-the-registry'),
    { name: 'keys/release.pub', content: String(PUBLIC_KEY) },
  ];
  for (const { name, content } of files) {
    await mkdir(join(dir.path, dirname(name)), { recursive: true });
    await writeFile(join(dir.path, name), content);
  }
  return readConfig(join(dir.path, 'lazaret.yaml'), {});
}

describe('what lazaret init writes', () => {
  it.each(REGISTRY_KIND_NAMES)('for %s is as people have read it', async (kind) => {
    await expect(whole(answersFor(kind, 'github-actions'))).toMatchFileSnapshot(join(GOLDEN, `registry-${kind}.txt`));
  });

  it.each(CI_NAMES)('for what %s signs is as people have read it', async (ci) => {
    await expect(whole(answersFor('harbor', ci))).toMatchFileSnapshot(join(GOLDEN, `ci-${ci}.txt`));
  });

  it('is a configuration without a fault, whatever is answered, and only looks', async () => {
    for (const kind of REGISTRY_KIND_NAMES) {
      for (const announce of REGISTRY_GUIDES[kind].ways) {
        const config = await readBack(answersFor(kind, 'github-actions', { announce }));
        expect(config.quarantine.mode).toBe('observe');
        expect(config.registries[0]).toMatchObject({ id: 'prod', kind });
        expect(config.registries[0]?.writeCredentials).toBeUndefined();
      }
    }
    for (const ci of CI_NAMES) await expect(readBack(answersFor('harbor', ci))).resolves.toBeDefined();
    for (const notify of NOTIFY_WAYS) {
      const { notify: sinks } = await readBack(answersFor('harbor', 'key', { notify }));
      expect(sinks).toHaveLength(notify === 'none' ? 0 : 1);
    }
  });

  it('speaks the dialect of the registry, and has a way to announce for each that has one', () => {
    for (const kind of REGISTRY_KIND_NAMES) {
      const { dialects } = REGISTRY_KINDS[kind];
      const { dialect, ways } = REGISTRY_GUIDES[kind];
      if (dialects.length === 0) expect(ways).toEqual(['poll']);
      else expect(dialects).toContain(dialect);
    }
  });

  it('keeps to itself what is secret: only files for secrets hold any', () => {
    for (const kind of REGISTRY_KIND_NAMES) {
      const answers = answersFor(kind, 'key', {
        announce: REGISTRY_GUIDES[kind].ways.includes('webhook') ? 'webhook' : 'poll',
      });
      const files = renderFiles(answers, 'RANDOM');
      for (const { content, isSecret } of files) expect(content.includes('RANDOM') && !isSecret).toBe(false);
      expect(renderSteps(answers, '.').join('\n')).not.toContain('RANDOM');
    }
  });
});
