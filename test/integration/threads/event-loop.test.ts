import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import type { Judgement } from '../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import type { EvidenceJudge } from '../../../src/ports/evidence-judge.ts';
import { putArtifact, putBundle, putCosign, putImage } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { BUNDLE_V03 } from '../../support/push-image.ts';
import * as der from '../../support/sigstore/der.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { HEAVY, openHeavy } from '../../support/threads/heavy-evidence.ts';
import { openHeavyWebhook } from '../../support/threads/heavy-webhook.ts';
import { lookAt, openRealThreads, policiesWith, type RealThreads } from '../../support/threads/real-threads.ts';

const MIB = 1024 * 1024;
const PREDICATE = 'https://example.test/numbers';
const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const KEYS = { 'a.pub': ALICE.pem };
const BY_ALICE = policiesWith('[{ name: signed, signature: { signer: { key: a.pub } } }]', KEYS);
const attested = (where: string): PolicySet =>
  policiesWith(
    `[{ name: attested, attestation: { type: "${PREDICATE}", signer: { key: a.pub }, where: "${where}" } }]`,
    KEYS,
  );
const HARMLESS = attested('has(predicate.a)');
/** A condition somebody wrote without thinking of long lists: with 2,000 numbers it would take days. */
const CUBIC = attested('predicate.a.all(x, predicate.a.all(y, predicate.a.all(z, x + y + z >= 0)))');
/** One that takes a minute, for what is compared is counted as one piece of work, however much is in it. */
const DEEP = attested('predicate.a.all(x, predicate.b == predicate.c)');
const deep = () => ({ ...numbers(20_000), b: [numbers(40_000)], c: [numbers(40_000)] });

/** What hangs on an image, and the policies it is judged by. */
interface Attack {
  readonly policies: PolicySet;
  readonly attach: (registry: MemoryRegistry, image: StoredManifest) => void;
}

const bundle = (attach: (digest: Digest) => Uint8Array | string): Attack['attach'] => {
  return (registry, image) => void putBundle(registry, image, attach(image.digest));
};
const attest = (digest: Digest, predicate: unknown): Uint8Array =>
  WORLD.attest({ digest, identity: { kind: 'key', key: ALICE }, predicateType: PREDICATE, predicate });
const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}`, {}]));
const numbers = (count: number) => ({ a: Array.from({ length: count }, (_, n) => n) });
const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/bundles/${name}`, import.meta.url));

/** A bundle whose certificate is so many NULLs. */
function nulls(digest: Digest, count: number): Uint8Array {
  return WORLD.signImageBundle({
    digest,
    identity: WORLD.mintKeyless(),
    alter: ({ verificationMaterial }) => {
      const rawBytes = der.tlv(0x30, Buffer.alloc(count * 2, Buffer.from([5, 0]))).toString('base64');
      Object.assign(verificationMaterial, { certificate: { rawBytes } });
    },
  });
}

function manyTimestamps(count: number): string {
  const many = JSON.parse(fixture('hostile-many-timestamps.json').toString());
  const { timestampVerificationData: data } = many.verificationMaterial;
  data.rfc3161Timestamps = Array(count).fill(data.rfc3161Timestamps[0]);
  return JSON.stringify(many);
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  '33 timestamps': { policies: BY_ALICE, attach: bundle(() => fixture('hostile-many-timestamps.json')) },
  'as many timestamps as fit into a bundle': { policies: BY_ALICE, attach: bundle(() => manyTimestamps(500)) },
  'a certificate of 300,000 NULLs': { policies: BY_ALICE, attach: bundle((digest) => nulls(digest, 300_000)) },
  'JSON nested a million deep': { policies: BY_ALICE, attach: bundle(() => '['.repeat(MIB)) },
  'a manifest nested a million deep': {
    policies: BY_ALICE,
    attach: (registry, image) => {
      const layers = [{ bytes: '{}', mediaType: BUNDLE_V03 }];
      const annotations = { deep: '['.repeat(MIB) };
      putArtifact(registry, { artifactType: BUNDLE_V03, layers, subject: image, annotations });
    },
  },
  'a payload of 10 MB': { policies: BY_ALICE, attach: bundle(() => Buffer.alloc(10 * MIB, 'x')) },
  'a payload of 10 MB that its manifest says is small': {
    policies: BY_ALICE,
    attach: (registry, image) => {
      const layers = [{ bytes: Buffer.alloc(10 * MIB, 'x'), mediaType: BUNDLE_V03, size: 100 }];
      putArtifact(registry, { artifactType: BUNDLE_V03, layers, subject: image });
    },
  },
  'fifty broken signatures': {
    policies: BY_ALICE,
    attach: (registry, image) => {
      const layers = Array.from({ length: 50 }, (_, n) => ({ bytes: `{"critical":${'['.repeat(n)}` }));
      putCosign(registry, image.digest, 'sig', layers);
    },
  },
  'ten statements with 60,000 names each': {
    policies: HARMLESS,
    attach: (registry, image) => {
      for (let n = 0; n < 10; n++) putBundle(registry, image, attest(image.digest, { n, ...names(60_000) }));
    },
  },
  'a condition that hangs': { policies: DEEP, attach: bundle((digest) => attest(digest, deep())) },
  'a condition that takes days': { policies: CUBIC, attach: bundle((digest) => attest(digest, numbers(2_000))) },
};

function put(attack: Attack): { registry: MemoryRegistry; image: StoredManifest } {
  const registry = createMemoryRegistry();
  const image = putImage(registry);
  attack.attach(registry, image);
  return { registry, image };
}

const GOOD: Attack = {
  policies: BY_ALICE,
  attach: bundle((digest) => WORLD.signImageBundle({ digest, identity: { kind: 'key', key: ALICE } })),
};

const outcomeOf = (judgement: Judgement) => (judgement.kind === 'judged' ? judgement.verdict.outcome : judgement.kind);

/** What is heavy is judged like anything else. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'a push of an attestation of 16 MiB': 'evidence',
  'a push of 16 MiB of white space as an attestation': 'evidence',
  'a bill of materials of 12 MiB in a bundle': 'pass',
  'a signed webhook of 24 MiB': '202',
  '10,000 referrers in pages of 4 MiB': 'fail-evidence',
  'a tag of 4,000 signatures in 4 MiB': 'fail-missing',
  'a manifest of 4 MiB among the referrers': 'fail-evidence',
};

let threads: RealThreads;

beforeAll(async () => {
  threads = openRealThreads();
  await Promise.all(Array.from({ length: 4 }, () => look(GOOD)));
});
afterAll(() => threads.stop());

function look(attack: Attack, judge: EvidenceJudge = threads): Promise<Judgement> {
  const { registry, image } = put(attack);
  return lookAt(registry, image, { judge, policies: attack.policies });
}

/** The delays of this thread's event loop while something runs, in ms. */
async function delaysDuring(run: () => Promise<unknown>): Promise<{ p99: number; max: number }> {
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  await run();
  await delay(20);
  histogram.disable();
  return { p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 };
}

const BLOCK = Buffer.alloc(2 * MIB);

/** How many times as long as it computes this thread takes just now, for the machine has other work: 1 if it has none. */
function contention(): number {
  const [from, before] = [performance.now(), process.threadCpuUsage()];
  for (let n = 0; n < 20; n++) digestOf(BLOCK);
  const { user, system } = process.threadCpuUsage(before);
  return Math.max(1, ((performance.now() - from) * 1_000) / (user + system));
}

describe('G7: the main thread under attack', () => {
  it('is held up for less than 50 ms (p99), while good images pass', { timeout: 240_000 }, async () => {
    const seen: number[] = [];
    // What we hold it up with is there every time; what a busy machine does is not.
    for (let round = 0; round < 4 && !seen.some((ms) => ms < 50); round++) {
      const attacks = Object.values(ATTACKS).map(put);
      const good = Array.from({ length: 30 }, () => put(GOOD));
      const policies = Object.values(ATTACKS).map((attack) => attack.policies);
      const { p99 } = await delaysDuring(async () => {
        const attacked = attacks.map(({ registry, image }, n) =>
          lookAt(registry, image, { judge: threads, policies: policies[n] ?? BY_ALICE }),
        );
        const passed = good.map(({ registry, image }) =>
          lookAt(registry, image, { judge: threads, policies: BY_ALICE }),
        );
        expect((await Promise.all(passed)).map(outcomeOf)).toEqual(passed.map(() => 'pass'));
        const outcomes = Object.fromEntries(
          (await Promise.all(attacked)).map((one, n) => [Object.keys(ATTACKS)[n], outcomeOf(one)]),
        );
        expect(outcomes).toMatchObject({ 'a condition that takes days': 'fail-evidence' });
        expect(Object.values(outcomes)).not.toContain('indeterminate');
      });
      seen.push(p99);
    }
    expect(Math.min(...seen)).toBeLessThan(50);
  });

  it('is held up for less than 50 ms (p99) by the heaviest that a registry may send', {
    timeout: 240_000,
  }, async () => {
    const heaviest = Object.entries(HEAVY).map(([name, put]) => [name, () => openHeavy(put, threads)] as const);
    for (const [name, open] of [...heaviest, ['a signed webhook of 24 MiB', openHeavyWebhook] as const]) {
      const heavy = await open();
      try {
        await heavy.look();
        const seen: number[] = [];
        for (let round = 0; round < 6 && !seen.some((ms) => ms < 50); round++) {
          const before = contention();
          const { p99 } = await delaysDuring(async () =>
            expect(await heavy.look()).toEqual(OUTCOMES[name] ?? expect.any(String)),
          );
          seen.push(p99 / Math.max(before, contention()));
        }
        expect(Math.min(...seen), name).toBeLessThan(50);
      } finally {
        await heavy.stop();
      }
    }
  });

  it('would be held up far longer, judged the evidence itself', { timeout: 120_000 }, async () => {
    const store = createMaterialStore(() => ({ epoch: 1, roots: new Map() }));
    const attack = ATTACKS['ten statements with 60,000 names each'];
    const { max } = await delaysDuring(() => look(attack ?? GOOD, createLocalJudge(store)));
    expect(max).toBeGreaterThan(250);
  });
});

describe('ten images at once', () => {
  it('L8: all get their verdict, though the evidence of one hangs', { timeout: 120_000 }, async () => {
    const attack = ATTACKS['a condition that hangs'] ?? GOOD;
    const [hanging, ...others] = await Promise.all([look(attack), ...Array.from({ length: 9 }, () => look(GOOD))]);
    expect(others.map(outcomeOf)).toEqual(others.map(() => 'pass'));
    expect(hanging).toMatchObject({ kind: 'judged', verdict: { outcome: 'fail-evidence' } });
    const tried = hanging.kind === 'judged' && hanging.verdict.requirements[0]?.evidence[0];
    expect(tried).toMatchObject({
      code: 'EVIDENCE_OVER_LIMIT',
      message: expect.stringContaining('checking it takes more than 2 s'),
    });
    expect(threads.losses).toContain('deadline');
  });
});
