import { afterAll, beforeAll, expect, it } from 'vitest';
import { DIALECT_NAMES, type DialectName } from '../../src/domain/dialect-names.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushImage } from '../support/push-image.ts';
import { startTokenIssuer, type TestIssuer } from '../support/servers/token-issuer.ts';
import { type DialectShape, dialectShapes, SHAPE_SECRET, type ShapedPush } from './world/dialect-shapes.ts';
import { provenanceFor, pushEvidence } from './world/evidence.ts';
import { look, mailsAbout, markWrites, slackAbout, waitForOutcome } from './world/look.ts';
import type { PushedImage } from './world/push.ts';
import { startWorld, type World } from './world/start-world.ts';

describeWithPart('olareg', "the whole way, announced in each registry's own words and with its own proof", () => {
  let world: World;
  let issuer: TestIssuer;
  let shapes: Readonly<Record<DialectName, DialectShape>>;

  beforeAll(async () => {
    issuer = await startTokenIssuer();
    shapes = dialectShapes(issuer);
    world = await startWorld({
      registry: 'olareg',
      source: 'webhook',
      stores: 'embedded',
      sources: DIALECT_NAMES.map((dialect) => ({
        kind: 'webhook',
        id: `of-${dialect}`,
        dialect,
        registry: 'prod',
        // What is shared would be written as an alias, which the configuration refuses.
        ...structuredClone(shapes[dialect].source),
      })),
      files: {
        'secrets/shapes': `${SHAPE_SECRET}\n`,
        'secrets/shapes-hub': `${SHAPE_SECRET}-hub\n`,
        'issuer-ca.pem': issuer.ca,
      },
    });
  });
  afterAll(async () => {
    await world?.stop();
    await issuer?.stop();
  });

  /** Sends the event as the registry would; `spoil` changes what was signed. */
  async function announce(dialect: DialectName, push: ShapedPush, spoil?: 'no proof'): Promise<number> {
    const { body, headers, path } = shapes[dialect];
    const text = JSON.stringify(body(push));
    const proof = spoil === undefined ? await headers?.(text) : {};
    const key = spoil !== undefined && path !== undefined ? 'guessed' : (path ?? `of-${dialect}`);
    const response = await fetch(`${world.daemon().url}/webhooks/${key}`, {
      method: 'POST',
      headers: { 'content-type': contentTypeOf(dialect), ...proof },
      body: text,
    });
    await response.arrayBuffer();
    return response.status;
  }

  async function pushTo(dialect: DialectName, name: string, isSigned: boolean): Promise<PushedImage & ShapedPush> {
    const { target, host, hasReferrers } = world.registry;
    const repository = `acme/strict-${dialect}`;
    const image = await pushImage(target, repository, name);
    if (isSigned)
      await pushEvidence(target, repository, image, provenanceFor(image, 'good', world.sigstore), hasReferrers);
    return { ...image, host, repository, tag: name, image };
  }

  it.each(DIALECT_NAMES)(
    '%s: what fails is marked and told of, what passes is let be, a late signature releases',
    async (dialect) => {
      const [bad, good] = [await pushTo(dialect, 'bad', false), await pushTo(dialect, 'good', true)];
      expect(await announce(dialect, bad, 'no proof'), 'without its proof').toBe(
        shapes[dialect].path === undefined ? 401 : 404,
      );
      expect(await look(world, bad.repository, bad.digest)).toBeNull();
      for (const push of [bad, good, bad]) expect(await announce(dialect, push)).toBe(202);
      await waitForOutcome(world, bad, 'fail-missing');
      await waitForOutcome(world, good, 'pass');
      expect(markWrites(world, bad.repository), 'one tag, though it was announced twice').toBe(1);
      expect([slackAbout(world, bad.digest).length, mailsAbout(world, bad.digest).length]).toEqual([1, 1]);
      expect(slackAbout(world, good.digest)).toEqual([]);
      const { target, hasReferrers } = world.registry;
      const bundle = provenanceFor(bad.image, 'good', world.sigstore);
      await pushEvidence(target, bad.repository, bad.image, bundle, hasReferrers);
      expect(await announce(dialect, bad)).toBe(202);
      const released = await waitForOutcome(world, bad, 'pass');
      expect(released.mark).toBe('released');
    },
  );
});

function contentTypeOf(dialect: DialectName): string {
  if (dialect === 'distribution') return 'application/vnd.docker.distribution.events.v2+json';
  return dialect === 'lazaret' ? 'application/cloudevents+json' : 'application/json';
}
