import { describe, expect, it } from 'vitest';
import { type AuditedFolder, readSignatureAudit } from '../../support/report/read-signature-audit.ts';

const SIGNED: AuditedFolder = { folder: '', exitCode: 0, output: '{"invalid":[],"missing":[]}' };
const PACKAGE = { name: 'left', version: '1.0.0', location: 'node_modules/left' };

function failing(answer: unknown, more: Partial<AuditedFolder> = {}): AuditedFolder {
  return { folder: 'bin/toolchain', exitCode: 1, output: JSON.stringify(answer), ...more };
}

describe('what npm says of the signatures of packages', () => {
  it('believes that all are signed only where every folder says so', () => {
    expect(readSignatureAudit([SIGNED, { ...SIGNED, folder: 'bin/toolchain' }])).toEqual({ kind: 'signed' });
    expect(readSignatureAudit([])).toMatchObject({ kind: 'not offered' });
  });

  it.each([
    [{ invalid: [PACKAGE], missing: [] }, 'left@1.0.0 has a signature or attestation that is not right'],
    [{ invalid: [], missing: [PACKAGE] }, 'left@1.0.0 has no signature where others have one'],
    [
      { error: { code: null, summary: 'something else' } },
      'npm could not audit the packages of bin/toolchain: something else',
    ],
    [{}, 'npm could not audit the packages of bin/toolchain: it ended with code 1'],
    ['no answer', 'npm said nothing of the packages of bin/toolchain that can be read'],
  ])('fails for %j', (answer, words) => {
    expect(readSignatureAudit([SIGNED, failing(answer)])).toEqual({ kind: 'broken', words: [words] });
  });

  it('fails for what is not JSON', () => {
    expect(readSignatureAudit([failing(null, { output: 'npm: not found' })])).toMatchObject({ kind: 'broken' });
  });

  it.each([
    [{ error: { code: 'ENOTFOUND', summary: 'request to https://keys.example/root.json failed' } }, 'the server'],
    [{ error: { code: 'E404', summary: 'no such page' } }, 'no such page'],
    [
      {
        error: { code: null, summary: 'found no dependencies to audit that were installed from a supported registry' },
      },
      'supported registry',
    ],
  ])('knows nothing, and names no host, where signatures are not offered: %j', (answer, words) => {
    const audit = readSignatureAudit([SIGNED, failing(answer)]);
    expect(audit).toEqual({ kind: 'not offered', words: expect.stringContaining(words) });
    expect(JSON.stringify(audit)).not.toContain('keys.example');
  });

  it('knows nothing where nobody answers in time', () => {
    expect(readSignatureAudit([{ folder: '', exitCode: null, output: '' }])).toMatchObject({ kind: 'not offered' });
  });

  it('fails for one wrong signature although another folder is not known', () => {
    const unknown = failing({ error: { code: 'ENOTFOUND', summary: '' } });
    expect(readSignatureAudit([unknown, failing({ invalid: [PACKAGE] })])).toMatchObject({ kind: 'broken' });
  });
});
