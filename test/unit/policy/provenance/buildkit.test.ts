import { describe, expect, it } from 'vitest';
import { SLSA_PROVENANCE_V02 } from '../../../../src/domain/slsa-provenance.ts';
import type { Json, JsonObject } from '../../../../src/kit/json.ts';
import { codeOfSource, judgeSource } from '../../../support/judge-provenance.ts';
import { COMMIT, SOURCE } from '../../../support/provenance.ts';

const FORK = 'https://github.com/mallory/app';
const CONTEXT = `${SOURCE}.git#refs/tags/v1.2.3`;
const BASE = { uri: 'pkg:docker/alpine@3.22?platform=linux%2Famd64', digest: { sha256: 'b'.repeat(64) } };
const fetched = (uri: string, commit = COMMIT): JsonObject => ({ uri, digest: { sha1: commit } });
const wanted = { repository: SOURCE };

interface Built {
  readonly context?: string;
  readonly dependencies?: readonly JsonObject[];
  readonly locals?: Json;
  readonly args?: JsonObject;
  readonly metadata?: JsonObject;
}

function built({ context, dependencies = [BASE, fetched(CONTEXT)], locals, args, metadata }: Built): JsonObject {
  return {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      externalParameters: {
        configSource: { ...(context !== undefined && { uri: context }), path: 'Dockerfile' },
        request: { frontend: 'dockerfile.v0', ...(locals !== undefined && { locals }), ...(args && { args }) },
      },
      resolvedDependencies: dependencies,
    },
    runDetails: {
      builder: { id: 'https://github.com/acme/app/actions/runs/1/attempts/1' },
      ...(metadata && { metadata }),
    },
  };
}

describe('BuildKit', () => {
  it('names its source as the context that it fetched from git', () => {
    expect(codeOfSource({ ...wanted, ref: 'refs/tags/v*' }, built({ context: CONTEXT }))).toBe('pass');
    expect(codeOfSource({ ...wanted, tag: 'v1.2.3' }, built({ context: CONTEXT }))).toBe('pass');
    expect(codeOfSource({ ...wanted, ref: 'refs/heads/*' }, built({ context: CONTEXT }))).toBe('REF_MISMATCH');
  });

  it('in SLSA 0.2 too, and by a builder without a name, as it is called unless the caller names it', () => {
    const by = (context: string): JsonObject => ({
      builder: { id: '' },
      buildType: 'https://mobyproject.org/buildkit@v1',
      invocation: { configSource: { uri: context, entryPoint: 'Dockerfile' }, parameters: { locals: [] } },
      materials: [BASE, fetched(context)],
    });
    expect(codeOfSource(wanted, by(CONTEXT), { predicateType: SLSA_PROVENANCE_V02 })).toBe('pass');
    expect(codeOfSource(wanted, by(`${FORK}.git`), { predicateType: SLSA_PROVENANCE_V02 })).toBe('SOURCE_MISMATCH');
  });

  it('with a folder or a query in its context, which the list of what was fetched leaves out', () => {
    expect(codeOfSource({ ...wanted, tag: 'v1.2.3' }, built({ context: `${CONTEXT}:web` }))).toBe('pass');
    expect(codeOfSource({ ...wanted, tag: 'v1.2.3' }, built({ context: `${SOURCE}.git?ref=v1.2.3&subdir=web` }))).toBe(
      'pass',
    );
    const scp = 'git@github.com:acme/app.git#refs/tags/v1.2.3';
    expect(codeOfSource(wanted, built({ context: scp, dependencies: [fetched(scp)] }))).toBe('pass');
  });

  it('is refused when its context is a fork, whatever else it fetched', () => {
    const context = `${FORK}.git#refs/heads/main`;
    const dependencies = [fetched(CONTEXT), BASE, fetched(context)];
    expect(codeOfSource(wanted, built({ context, dependencies }))).toBe('SOURCE_MISMATCH');
  });

  it('does not mind what a Dockerfile of the trusted source adds from elsewhere', () => {
    const dependencies = [fetched('https://github.com/others/library.git#v3'), BASE, fetched(CONTEXT)];
    expect(codeOfSource(wanted, built({ context: CONTEXT, dependencies }))).toBe('pass');
  });

  it('does not tell its source when files of whoever asked for it took part, such as a Dockerfile of his own', () => {
    for (const locals of [[{ name: 'dockerfile' }], [{ name: 'context' }, { name: 'dockerfile' }]]) {
      expect(judgeSource(wanted, built({ context: CONTEXT, locals })).code).toBe('SOURCE_UNTOLD');
      expect(codeOfSource(undefined, built({ context: CONTEXT, locals }))).toBe('pass');
    }
  });

  it('does not take what the caller says of his version control for the source', () => {
    const metadata = { buildkit_metadata: { vcs: { source: SOURCE, revision: COMMIT } } };
    expect(codeOfSource(wanted, built({ metadata, locals: [{ name: 'context' }], dependencies: [BASE] }))).toBe(
      'SOURCE_UNTOLD',
    );
    expect(codeOfSource(wanted, built({ metadata, dependencies: [BASE] }))).toBe('SOURCE_UNTOLD');
  });

  it('does not tell its source when it did not fetch what is named as its context', () => {
    expect(codeOfSource(wanted, built({ context: CONTEXT, dependencies: [BASE] }))).toBe('SOURCE_UNTOLD');
    expect(codeOfSource(wanted, built({ context: CONTEXT, dependencies: [fetched(`${FORK}.git`)] }))).toBe(
      'SOURCE_UNTOLD',
    );
    const tarball = `${SOURCE}/archive/evil.tar.gz`;
    const dependencies = [{ uri: tarball, digest: { sha256: 'c'.repeat(64) } }];
    expect(codeOfSource({ repository: tarball }, built({ context: tarball, dependencies }))).toBe('SOURCE_UNTOLD');
  });

  it('counts further contexts that the caller named as sources, images excepted', () => {
    const dependencies = [fetched(CONTEXT), fetched(`${FORK}.git#main`)];
    const withContext = (value: string): string =>
      codeOfSource(wanted, built({ context: CONTEXT, dependencies, args: { 'context:lib': value } }));
    expect(withContext(`${FORK}.git#main`)).toBe('SOURCE_MISMATCH');
    expect(withContext('https://mallory.example/lib.tar.gz')).toBe('SOURCE_UNTOLD');
    expect(withContext('local:lib')).toBe('SOURCE_UNTOLD');
    expect(withContext('input:other-target')).toBe('SOURCE_MISMATCH');
    const alone = built({ context: CONTEXT, dependencies: [BASE], args: { 'context:lib': 'input:other-target' } });
    expect(codeOfSource(wanted, alone)).toBe('SOURCE_UNTOLD');
    expect(withContext('docker-image://docker.io/library/alpine')).toBe('pass');
  });

  it('takes its ref from the certificate where it fetched a commit or a bare name, if that agrees', () => {
    const claims = {
      sourceRepositoryUri: SOURCE,
      sourceRepositoryRef: 'refs/tags/v1.2.3',
      sourceRepositoryDigest: COMMIT,
    };
    const at = (ref: string): string => {
      const context = `${SOURCE}.git#${ref}`;
      return codeOfSource({ ...wanted, tag: 'v1.2.3' }, built({ context, dependencies: [fetched(context)] }), {
        claims,
      });
    };
    expect(at(COMMIT)).toBe('pass');
    expect(at('v1.2.3')).toBe('pass');
    expect(at('refs/tags/v1.2.3')).toBe('pass');
    expect(at('v1.2')).toBe('PROVENANCE_INCONSISTENT');
    expect(at('e'.repeat(40))).toBe('PROVENANCE_INCONSISTENT');
    const byKey = built({ context: `${SOURCE}.git#v1.2.3`, dependencies: [fetched(`${SOURCE}.git#v1.2.3`)] });
    expect(codeOfSource({ ...wanted, tag: 'v1.2.3' }, byKey)).toBe('REF_MISMATCH');
  });

  it('is refused with a certificate for another commit than was fetched', () => {
    const claims = { sourceRepositoryUri: SOURCE, sourceRepositoryDigest: 'e'.repeat(40) };
    expect(codeOfSource(wanted, built({ context: CONTEXT }), { claims })).toBe('PROVENANCE_INCONSISTENT');
  });
});
