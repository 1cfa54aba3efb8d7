import { describe, expect, it, onTestFinished } from 'vitest';
import { type Digest, digestOf } from '../../../../src/domain/digest.ts';
import { startHostileRegistry } from '../../../support/hostile-registry.ts';
import { pushManifest } from '../../../support/oci-push.ts';
import { openRegistry, type TestRegistry } from '../../../support/open-registry.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { pushImage } from '../../../support/push-image.ts';
import { startOlareg } from '../../../support/servers/olareg.ts';
import { makeTempDir } from '../../../support/temp-dir.ts';

const TAGS = Array.from({ length: 40 }, (_, n) => `v${n}`);

/** A registry that takes 10 requests a second, with one image under many tags. */
async function startBusyRegistry(): Promise<{ readonly url: string; readonly digest: Digest }> {
  const { path: storageDir, remove } = await makeTempDir('olareg-storage');
  onTestFinished(remove);
  const patient = await startOlareg({ storageDir, backend: 'native' });
  const image = await pushImage(patient.url, 'acme/app', 'latest');
  for (const tag of TAGS) await pushManifest(patient.url, 'acme/app', tag, image.manifest);
  await patient.stop();
  const busy = await startOlareg({ storageDir, rateLimit: 10, backend: 'native' });
  onTestFinished(() => busy.stop());
  return { url: busy.url, digest: image.digest };
}

/** Asks for all tags at once, as many as the gate lets through. */
async function resolveAll({ inventory }: TestRegistry): Promise<readonly (Digest | null | undefined)[]> {
  return Promise.all(TAGS.map((tag) => inventory?.resolveTag('acme/app', tag)));
}

// What was pushed without a limit is served with one: only a native registry keeps it between two starts.
describeWithPart(
  'olareg',
  'a sweep of a registry with a rate limit',
  () => {
    it('B12: never makes it say "too many" twice in a row, and leaves nothing out', async () => {
      const { url, digest } = await startBusyRegistry();
      // Of two at once a sweep has one, so that no salvo is under way when the first is refused.
      const registry = openRegistry(url, { limits: { concurrency: 2, pauseMs: 30_000 } });
      expect(new Set(await resolveAll(registry))).toEqual(new Set([digest]));
      const refusals = registry.sent.flatMap((sent, index) => (sent === 'HEAD 429' ? [index] : []));
      expect(refusals.length).toBeGreaterThan(0);
      for (const index of refusals) expect(registry.sent[index + 1]).toBe('HEAD 200');
    });

    it('B12: makes it say so no more where it is configured what it takes', async () => {
      const { url, digest } = await startBusyRegistry();
      // A tenth of a minute's requests, evenly spread.
      const registry = openRegistry(url, { requestsPerMinute: 540 });
      expect(new Set(await resolveAll(registry))).toEqual(new Set([digest]));
      expect(new Set(registry.sent)).toEqual(new Set(['HEAD 200']));
    });
  },
  'native',
);

describe('a registry that says how little is left of its quota', () => {
  it('B12: is not swept with the last of it, and is asked for what was pushed all the same', async () => {
    const digest = digestOf(Buffer.from('{}'));
    const server = await startHostileRegistry(() => ({
      headers: {
        'docker-content-digest': digest,
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '20;w=21600',
      },
      body: '{}',
    }));
    onTestFinished(() => server.stop());
    const { inventory, reader } = openRegistry(server.url);
    expect(await inventory?.resolveTag('acme/app', 'v1')).toBe(digest);
    await expect(inventory?.resolveTag('acme/app', 'v2')).rejects.toMatchObject({
      code: 'REGISTRY_RATE_LIMITED',
      retryable: true,
    });
    expect((await reader.readManifest('acme/app', { tag: 'v1' }))?.digest).toBe(digest);
  });
});
