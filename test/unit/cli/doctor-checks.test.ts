import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/cli/doctor/check.ts';
import { checkDataFolder } from '../../../src/cli/doctor/check-data-folder.ts';
import { checkPolicies } from '../../../src/cli/doctor/check-policies.ts';
import { checkPort } from '../../../src/cli/doctor/check-port.ts';
import { checkSource } from '../../../src/cli/doctor/check-source.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';
import { POLICY } from './verify-samples.ts';

const never = new AbortController().signal;

describe('a check of doctor', () => {
  it('that throws a fault fails with its words and its advice', async () => {
    const fault = new FaultError('REGISTRY_DENIED', 'it refused', {
      retryable: false,
      remoteCode: 'DENIED',
      hint: 'Ask.',
    });
    const report = await runCheck({ name: 'registry', run: () => Promise.reject(fault) }, never);
    expect(report).toEqual({ name: 'registry', status: 'fail', message: 'it refused (DENIED)', advice: 'Ask.' });
  });

  it('that hangs is ended by its time limit, and says so', async () => {
    const hang = new Promise<never>(() => undefined);
    const timedOut = AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
    const controller = new AbortController();
    const running = runCheck({ name: 'x', run: () => hang }, controller.signal);
    controller.abort(timedOut.reason);
    expect(await running).toMatchObject({ status: 'fail', message: 'it did not answer in time' });
  });

  it('that is defect says so instead of blaming what it looked at', async () => {
    const report = await runCheck({ name: 'x', run: () => Promise.reject(new TypeError('oops')) }, never);
    expect(report).toMatchObject({ status: 'fail', message: 'the check itself failed: oops' });
  });
});

describe('doctor, on the data folder', () => {
  let dir: TempDir;
  beforeAll(async () => {
    dir = await makeTempDir('doctor');
  });
  afterAll(() => dir.remove());

  it('finds one that can be written, and leaves nothing in it', async () => {
    mkdirSync(join(dir.path, 'data'));
    expect(await checkDataFolder(join(dir.path, 'data')).run(never)).toMatchObject({ status: 'ok' });
    expect(readdirSync(join(dir.path, 'data'))).toEqual([]);
  });

  it('does not make one that is not there, but says whether it could', async () => {
    const report = await checkDataFolder(join(dir.path, 'new/deep')).run(never);
    expect(report).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('is not there yet and will be made'),
    });
    expect(readdirSync(dir.path)).not.toContain('new');
  });

  it.each(['file', 'file/below'])('refuses %s where a folder should be', async (name) => {
    writeFileSync(join(dir.path, 'file'), '');
    const report = await checkDataFolder(join(dir.path, name)).run(never);
    expect(report).toMatchObject({ status: 'fail', message: expect.stringMatching(/cannot be written \(ENOTDIR\)/) });
    expect(report.advice).toContain('move it away');
  });
});

describe('doctor, on the port', () => {
  /** Serves this text on a free port, looks at the port, and stops. */
  async function lookAtPortWith(answer: string) {
    const server = createServer((_, response) => response.end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      return await checkPort({ host: '127.0.0.1', port }).run(never);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('says that another program has it, and how to find out which', async () => {
    const report = await lookAtPortWith('hello');
    expect(report).toMatchObject({ status: 'fail', message: expect.stringContaining('is in use by another program') });
    expect(report.advice).toContain('ss -ltnp');
  });

  it('is content when a running Lazaret has it', async () => {
    expect(await lookAtPortWith('{"status":"ok"}')).toMatchObject({ status: 'ok' });
  });

  it('finds a free one free, and leaves it so', async () => {
    expect(await checkPort({ host: '127.0.0.1', port: 0 }).run(never)).toMatchObject({ status: 'ok' });
  });

  it('refuses an address of another machine', async () => {
    // TEST-NET-1 of RFC 5737 belongs to nobody.
    const report = await checkPort({ host: '192.0.2.1', port: 8080 }).run(never);
    expect(report).toMatchObject({ status: 'fail', message: expect.stringContaining('EADDRNOTAVAIL') });
  });
});

describe('doctor, on a source', () => {
  it('tells what the running daemon could not hear, and why its consumer broke off', async () => {
    const readiness = {
      ready: false,
      parts: [{ name: 'source hook', ready: true }],
      concerns: [{ id: 'hook', kind: 'no-registry', problem: 'an event: it names the host "evil.example"' }],
    };
    const server = createServer((_, response) => response.end(JSON.stringify(readiness)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const source = {
      kind: 'webhook',
      id: 'hook',
      registryIds: ['prod'],
      dialect: 'harbor',
      authentication: { kind: 'bearer', tokens: [] },
    } as const;
    const look = (id: string) =>
      checkSource({ ...source, id }, { http: { host: '127.0.0.1', port } } as Parameters<typeof checkSource>[1]).run(
        never,
      );
    try {
      expect(await look('hook')).toMatchObject({ status: 'warn', message: expect.stringContaining('"evil.example"') });
      expect(await look('other')).toMatchObject({ status: 'ok' });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await look('hook')).toMatchObject({ status: 'ok' });
  });
});

describe('doctor, on policies', () => {
  const set: PolicySet = { revision: 'r', noMatch: 'alert', policies: [POLICY] };
  const prod = { id: 'prod', host: 'registry.example.com', repositories: ['acme/**'] };

  async function look(registries: Parameters<typeof checkPolicies>[1], policies = set) {
    return Promise.all(checkPolicies(policies, registries).map((check) => runCheck(check, never)));
  }

  it('is content when each covers something and all is covered', async () => {
    expect((await look([prod])).map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('warns of a policy that matches nothing, and of repositories nobody covers', async () => {
    const reports = await look([{ ...prod, host: 'other.example.com' }]);
    expect(reports).toMatchObject([
      { name: 'policy acme-apps', status: 'warn', advice: expect.stringContaining('other.example.com/acme/**') },
      { name: 'coverage', status: 'warn', message: expect.stringContaining('announced as failing (noMatch: alert)') },
    ]);
  });
});
