import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keepCapabilities } from '../../../src/compose/keep-capabilities.ts';
import { knownKind } from '../../../src/domain/registry-kind.ts';
import type { CapabilityFact } from '../../../src/domain/told-capability.ts';
import type { ConfiguredRegistry } from '../../../src/ports/registries.ts';
import { type CapabilityMemory, createCapabilityMemory } from '../../../src/registry/capability-memory.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { waitFor } from '../../support/wait-for.ts';

function registry(id: string, probe: (memory: CapabilityMemory, signal?: AbortSignal) => Promise<void>) {
  const memory = createCapabilityMemory(knownKind('oci', `${id}.test`));
  const { reader } = createMemoryRegistry();
  const capabilities = { ...memory, probe: (signal?: AbortSignal) => probe(memory, signal) };
  return { id, host: `${id}.test`, covers: () => true, reader, capabilities } satisfies ConfiguredRegistry;
}

function keep(registries: readonly ConfiguredRegistry[], known: readonly CapabilityFact[] = [], everyMs?: number) {
  const noted: string[] = [];
  const keeping = keepCapabilities({
    registries: new Map(registries.map((each) => [each.id, each])),
    record: {
      read: async () => known,
      note: async ({ host }, { capability, support }) => void noted.push(`${host} ${capability} ${support}`),
    },
    logger: pino({ level: 'silent' }),
    ...(everyMs !== undefined && { everyMs }),
  });
  onTestFinished(() => keeping.stop());
  return noted;
}

describe('what can be done in each registry', () => {
  it('is asked at the start and kept on record, of one while another hangs', async () => {
    const hangs = registry('slow', (_, signal) => new Promise((end) => signal?.addEventListener('abort', () => end())));
    const answers = registry('quick', async ({ learn }) =>
      learn({ capability: 'catalogue', support: 'yes', by: 'reading' }),
    );
    const noted = keep([hangs, answers]);
    await waitFor(() => noted.length > 0, { what: 'something on record' });
    expect(noted).toEqual(['quick.test catalogue yes']);
  });

  it('is taken up from the record before anything is asked', async () => {
    const at = new Date();
    const seen: unknown[] = [];
    const one = registry('one', async ({ tell }) => void seen.push(...tell()));
    keep([one], [{ capability: 'untag', support: 'no', by: 'writing', at }]);
    await waitFor(() => seen.length > 0, { what: 'a probe' });
    expect(seen).toContainEqual({ capability: 'untag', support: 'no', by: 'writing', at });
  });

  it('is asked again and again, and what writes meet is kept too', async () => {
    let asked = 0;
    const one = registry('one', async () => void asked++);
    const noted = keep([one], [], 5);
    await waitFor(() => asked > 2, { what: 'a third probe' });
    one.capabilities.learn({ capability: 'untag', support: 'yes', by: 'writing', repository: 'acme/app' });
    await waitFor(() => noted.length > 0, { what: 'something on record' });
    expect(noted).toEqual(['one.test untag yes']);
  });
});
