import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createReload, type ReloadDeps } from '../../../src/compose/reload.ts';
import type { Config } from '../../../src/config/config.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { Concern } from '../../../src/ports/concerns.ts';

function configOf(revision: string, password: string): Config {
  const policies = { revision, policies: [], noMatch: 'alert' };
  const registries = [{ id: 'prod', credentials: { kind: 'basic', password: new Secret(password) } }];
  return { policies, registries, trust: [], warnings: [] } as unknown as Config;
}

function open(reads: readonly (Config | Error)[], trustChange: () => Promise<void> = async () => undefined) {
  const config = configOf('one', 'before');
  const done: string[] = [];
  const notes: Parameters<ReloadDeps['note']>[0][] = [];
  const concerns: Concern[] = [];
  const hidden: string[] = [];
  const left = [...reads];
  const reload = createReload({
    config,
    read: async () => {
      const next = left.shift();
      if (next === undefined || next instanceof Error) throw next ?? new Error('read too often');
      return next;
    },
    trust: { epoch: () => 7, change: trustChange },
    renewTls: () => void done.push('certificates'),
    setPolicies: ({ revision }) => void done.push(`policies ${revision}`),
    hide: (secrets) => void hidden.push(...secrets),
    note: async (note) => void notes.push(note),
    metrics: { reload: (result) => void done.push(result) },
    concerns: { raise: (concern) => void concerns.push(concern) },
    clock: () => new Date(0),
    logger: pino({ level: 'silent' }),
  });
  const password = (): string => (Reflect.get(config.registries[0]?.credentials ?? {}, 'password') as Secret).reveal();
  return { reload, done, notes, concerns, hidden, password };
}

const FAULT = new InvalidInputError('POLICY_INVALID', 'the configuration has a fault', [
  { where: 'acme.yaml:3:1', message: 'unknown key "requires"' },
]);

describe('reading the configuration again', () => {
  it('puts policies, secrets and certificates in force, never logs the new secrets, and leaves word', async () => {
    const { reload, done, notes, hidden, password } = open([configOf('two', 'after-word')]);
    await reload.run();
    expect(done).toEqual(['policies two', 'certificates', 'done']);
    expect(password()).toBe('after-word');
    expect(hidden).toEqual(['after-word']);
    expect(notes).toEqual([
      { result: 'done', at: '1970-01-01T00:00:00.000Z', policyRevision: 'two', needsRestart: [] },
    ]);
  });

  it('leaves everything as it was where a file has a fault, and says so in metric, notice and word', async () => {
    const { reload, done, notes, concerns, password } = open([FAULT]);
    await reload.run();
    expect(done).toEqual(['refused']);
    expect(password()).toBe('before');
    expect(concerns).toEqual([
      {
        id: 'configuration',
        kind: 'not-reloaded',
        problem: 'the configuration has a fault (acme.yaml:3:1: unknown key "requires")',
      },
    ]);
    expect(notes).toMatchObject([{ result: 'refused', problem: 'the configuration has a fault' }]);
  });

  it('leaves everything as it was where a trust root has a fault', async () => {
    const refuse = async (): Promise<void> => {
      throw new InvalidInputError('TRUST_ROOT_INVALID', 'it is none');
    };
    const { reload, done, password } = open([configOf('two', 'after')], refuse);
    await reload.run();
    expect(done).toEqual(['refused']);
    expect(password()).toBe('before');
  });

  it('is made once for each time it is asked for, one after the other, also after one that failed', async () => {
    const { reload, done } = open([configOf('two', 'x'), FAULT, new Error('a defect'), configOf('three', 'x')]);
    await Promise.all([reload.run(), reload.run(), reload.run(), reload.run()]);
    expect(done).toEqual([
      'policies two',
      'certificates',
      'done',
      'refused',
      'refused',
      'policies three',
      'certificates',
      'done',
    ]);
  });
});
