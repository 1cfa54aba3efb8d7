import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openEcr } from '../../../support/open-ecr.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { pushToEcr } from '../../../support/push-to-ecr.ts';
import { type Ecr, startEcr } from '../../../support/servers/ecr.ts';

describeWithPart(
  ['moto', 'olareg'],
  'passwords of ECR',
  () => {
    let ecr: Ecr;
    let endsAt: Date | undefined;
    beforeAll(async () => {
      ecr = await startEcr({ expiresAt: () => endsAt });
    });
    beforeEach(() => {
      endsAt = undefined;
      ecr.answer(() => undefined);
    });
    afterAll(() => ecr.stop());

    /** Calls of the API while this runs. */
    async function asked(run: () => Promise<unknown>): Promise<readonly string[]> {
      const before = ecr.asked.length;
      await run();
      return ecr.asked.slice(before).filter((line) => !line.includes('/v2/'));
    }

    it('are asked for once, however many read, also where their end is told as one that is past', async () => {
      const { digest } = await pushToEcr(ecr, 'acme/tokens', 'v1');
      const { reader } = openEcr(ecr);
      const calls = await asked(async () => {
        const reads = Array.from({ length: 20 }, () => reader.readManifest('acme/tokens', { tag: 'v1' }));
        for (const manifest of await Promise.all(reads)) expect(manifest?.digest).toBe(digest);
        await reader.readManifest('acme/tokens', { tag: 'v1' });
      });
      expect(calls).toEqual(['GetAuthorizationToken']);
    });

    it('are renewed when ECR says 403 to one that has ended, once for all who were refused', async () => {
      await pushToEcr(ecr, 'acme/renewed', 'v1');
      const { reader } = openEcr(ecr);
      const read = () => reader.readManifest('acme/renewed', { tag: 'v1' });
      await read();
      ecr.expire();
      const calls = await asked(async () => {
        for (const manifest of await Promise.all([read(), read(), read()])) expect(manifest).not.toBeNull();
      });
      expect(calls).toEqual(['GetAuthorizationToken']);
    });

    it('are renewed before they end', async () => {
      await pushToEcr(ecr, 'acme/early', 'v1');
      const { reader } = openEcr(ecr);
      const read = () => reader.readManifest('acme/early', { tag: 'v1' });
      endsAt = new Date(Date.now() + 12 * 3_600_000);
      await read();
      const now = vi.spyOn(performance, 'now');
      const start = performance.now();
      now.mockReturnValue(start + 9 * 3_600_000);
      expect(await asked(read)).toEqual([]);
      now.mockReturnValue(start + 10 * 3_600_000);
      expect(await asked(read)).toEqual(['GetAuthorizationToken']);
      expect(ecr.asked.at(-1)).toMatch(/^GET \/v2\/acme\/early/);
      now.mockRestore();
    });

    it('that are refused again and again are a fault that is told, with no circle of new ones', async () => {
      await pushToEcr(ecr, 'acme/refused', 'v1');
      const { reader } = openEcr(ecr);
      const token = { authorizationData: [{ authorizationToken: Buffer.from('AWS:canary-wrong').toString('base64') }] };
      ecr.answer((action) => (action === 'GetAuthorizationToken' ? { status: 200, body: token } : undefined));
      const read = () => reader.readManifest('acme/refused', { tag: 'v1' });
      const refusal = { code: 'REGISTRY_UNAUTHORIZED', retryable: false };
      const once = ['GetAuthorizationToken'];
      expect(await asked(() => expect(read()).rejects.toMatchObject(refusal))).toEqual(once);
      expect(await asked(() => expect(read()).rejects.toMatchObject(refusal))).toEqual(once);
    });

    it('E8: stand in no error, and go to the distribution API alone', async () => {
      await pushToEcr(ecr, 'acme/secret', 'v1');
      const { reader, inventory } = openEcr(ecr);
      await reader.readManifest('acme/secret', { tag: 'v1' });
      await inventory?.listTags('acme/secret', undefined);
      expect(ecr.seen()).not.toContain('canary-token');
      expect(ecr.seen()).not.toContain('canary-secret-key');
      const text = JSON.stringify({ authorizationData: [{ authorizationToken: 'canary-broken' }] }).slice(0, -2);
      ecr.answer((action) => (action === 'GetAuthorizationToken' ? { status: 200, body: text } : undefined));
      const { reader: other } = openEcr(ecr);
      const error = await other.readManifest('acme/secret', { tag: 'v1' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID', retryable: false });
      expect(describeWhole(error)).not.toContain('canary');
    });
  },
  'native',
);

/** Everything of an error that could reach a log. */
function describeWhole(error: unknown): string {
  const parts: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    parts.push(each.message, each.stack ?? '', JSON.stringify(each));
  }
  return parts.join('\n');
}
