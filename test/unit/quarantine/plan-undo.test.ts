import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import type { Outcome, Verdict } from '../../../src/domain/verdict.ts';
import type { SubjectState } from '../../../src/ports/subject-record.ts';
import { type FalseMarkInput, planUndo } from '../../../src/quarantine/plan-undo.ts';
import type { Named } from '../../../src/quarantine/read-name.ts';
import { noMarkArtifact, releasedArtifact } from '../../../src/quarantine/released-artifact.ts';
import { parseManifest } from '../../../src/registry/parse-manifest.ts';

const IMAGE = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] }));
const OTHER = digestOf(Buffer.from('another'));

const named = (bytes: Uint8Array): Named => ({
  kind: 'manifest',
  manifest: parseManifest(bytes, digestOf(bytes), OCI_MANIFEST),
});
const held = (digest: Digest, isMarked = true) => ({ subject: { digest }, isMarked });

function bearer(state: SubjectState, outcome?: Outcome): NonNullable<FalseMarkInput['bearer']> {
  const verdict: Verdict = {
    outcome: outcome ?? 'pass',
    code: 'SATISFIED',
    reason: '',
    policies: [],
    onFailure: 'quarantine',
    requirements: [],
    graceMs: 0,
  };
  const record = { id: '1', verdict, policyRevision: 'r', trustEpoch: 1, judgedAt: new Date(0), final: true };
  return { state, verdict: outcome === undefined ? null : record };
}

const plan = (over: Partial<FalseMarkInput>) =>
  planUndo({ named: named(IMAGE), holder: null, bearer: null, isOwnName: false, ...over });

describe('P4: a tag that is an image’s mark', () => {
  it('belongs on it', () => {
    expect(plan({ holder: held(digestOf(IMAGE)) })).toEqual({ kind: 'nothing', result: 'in-place' });
  });

  it.each<[string, Named]>([
    ['another image', named(IMAGE)],
    ['something too large to be read', { kind: 'unreadable' }],
    ['nothing', { kind: 'nothing' }],
  ])('is put back where it points to %s', (_, where) => {
    expect(plan({ holder: held(OTHER), named: where })).toEqual({ kind: 'put-back', digest: OTHER });
  });

  it('and is about to be put there is waited for', () => {
    expect(plan({ holder: held(OTHER, false) }).kind).toBe('wait');
  });
});

describe('P4: a tag that is nobody’s mark', () => {
  it('is taken off an image whose name it is not, whatever is known of that', () => {
    for (const known of [null, bearer('final', 'pass'), bearer('final', 'fail-missing'), bearer('waiting')]) {
      expect(plan({ bearer: known }).kind).toBe('take-off');
    }
    expect(plan({ named: { kind: 'unreadable' } }).kind).toBe('take-off');
  });

  it.each([
    ['passes', bearer('final', 'pass'), 'take-off'],
    ['fails', bearer('final', 'fail-evidence'), 'nothing'],
    ['is rejected', bearer('final', 'rejected-input'), 'nothing'],
    ['is not judged yet', bearer('pending'), 'wait'],
    ['is waited for', bearer('waiting', 'fail-missing'), 'wait'],
    ['is no image', bearer('artifact'), 'take-off'],
    ['is evidence', bearer('evidence'), 'take-off'],
    ['is gone', bearer('gone'), 'nothing'],
    ['is of a registry that is not configured', bearer('parked'), 'nothing'],
    ['is not on record', null, 'nothing'],
  ])('and the own name of an image that %s', (_, known, kind) => {
    expect(plan({ bearer: known, isOwnName: true }).kind).toBe(kind);
  });

  it('may point to nothing, or to what we left there', () => {
    const left = [noMarkArtifact().bytes, releasedArtifact(OTHER).bytes];
    expect(left.map((bytes) => plan({ named: named(bytes) }).kind)).toEqual(['nothing', 'nothing']);
    expect(plan({ named: { kind: 'nothing' } })).toEqual({ kind: 'nothing', result: 'tag-absent' });
  });
});
