import type { KeyObject } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial, VerificationError } from '@sigstore/verify';
import { mayOmitIssuer } from '../../domain/built-in-trust.ts';
import type { TrustRoot, TrustThresholds } from '../../domain/trust-root.ts';
import { withUsualNames } from '../../domain/trusted-root-names.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { findUnreadable } from '../read/find-unreadable.ts';
import { checkAuthorityChain } from '../x509/authority-chain.ts';
import { ConstantCertificate } from '../x509/constant-certificate.ts';

/** A trust root made ready for use: parsed, checked, its certificates constant. */
export interface ParsedTrustRoot {
  readonly name: string;
  readonly thresholds: TrustThresholds;
  /** Certificates that came with a signer's may stand between it and the root's authorities. */
  readonly chains: boolean;
  /** A certificate need not say who vouched for its holder: the root alone does. */
  readonly mayOmitIssuer: boolean;
  readonly material: TrustMaterial;
  /** The material's timestamp authorities, each with the key that signs. */
  readonly timestampAuthorities: readonly TimestampAuthority[];
}

export interface TimestampAuthority {
  /** The certificate that signs timestamps. */
  readonly leaf: X509Certificate;
  readonly key: KeyObject;
  readonly issuers: readonly X509Certificate[];
  readonly validFor: { readonly start: Date; readonly end: Date };
}

/** Whether the root verifies certificates, or only vouches for what a bare key has signed. */
export type TrustUse = 'certificates' | 'proofs';

type AuthorityList = 'certificateAuthorities' | 'timestampAuthorities';
type LogList = 'tlogs' | 'ctlogs';

// A trust root with every log the public instance ever had takes 10 KiB; this bounds a mistaken file.
const MAX_BYTES = 1024 * 1024;
const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[1-9]|\.v0\.[1-9]\+json)$/;

/**
 * Reads a `trusted_root.json` document, strictly: the library takes a missing start of validity for "since ever", uses
 * only the first certificate of a chain, and never looks at what a timestamp authority's certificate is for.
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` with an issue for everything that is wrong.
 */
export function parseTrustRoot(root: TrustRoot, use: TrustUse = 'certificates'): ParsedTrustRoot {
  const json = parseDocument(root);
  const issues = [...checkThresholds(root.thresholds), ...checkWindows(json)];
  if (issues.length > 0) throw invalid(root.name, issues);
  const material = toMaterial(root.name, json);
  for (const list of ['certificateAuthorities', 'timestampAuthorities'] as const) {
    material[list].forEach(({ certChain }, at) => {
      const problem = checkAuthorityChain(certChain, list === 'timestampAuthorities');
      if (problem !== undefined) issues.push({ where: `${list}[${at}]`, ...problem });
    });
  }
  issues.push(...checkUsable(root.thresholds, material, use));
  if (issues.length > 0) throw invalid(root.name, issues);
  const timestampAuthorities = material.timestampAuthorities.map(toTimestampAuthority);
  const { name, thresholds, chains = false } = root;
  return { name, thresholds, chains, mayOmitIssuer: mayOmitIssuer(root), material, timestampAuthorities };
}

function toTimestampAuthority({
  certChain,
  validFor,
}: TrustMaterial['timestampAuthorities'][number]): TimestampAuthority {
  const [leaf, ...issuers] = certChain;
  if (!(leaf instanceof ConstantCertificate)) throw new TypeError('the chain was checked to have a certificate');
  return { leaf, key: leaf.publicKeyObject, issuers, validFor };
}

function parseDocument(root: TrustRoot): Json {
  const where = 'document';
  if (root.document.length > MAX_BYTES) {
    throw invalid(root.name, [
      { where, message: `expected at most ${MAX_BYTES} characters, got ${root.document.length}` },
    ]);
  }
  try {
    return withUsualNames(parseJson(root.document));
  } catch (cause) {
    if (cause instanceof InvalidInputError && cause.code === 'TRUST_ROOT_INVALID') {
      throw invalid(root.name, cause.issues, cause);
    }
    const message = cause instanceof Error ? cause.message : 'expected JSON';
    throw invalid(root.name, [{ where, message, hint: 'give the trusted_root.json of your Sigstore instance' }]);
  }
}

// Certificates cannot be checked without a proof of when they were used, so no threshold makes that proof optional.
function checkThresholds({ log, sct, time }: TrustThresholds): readonly InputIssue[] {
  const whole = Object.entries({ log, sct, time }).flatMap(([name, value]) =>
    Number.isInteger(value) && value >= 0
      ? []
      : [{ where: `thresholds.${name}`, message: `expected a whole number, got ${value}` }],
  );
  if (time >= 1) return whole;
  const hint = 'certificates live for minutes: without a proven time nobody can tell whether one was used in them';
  return [...whole, { where: 'thresholds.time', message: `expected at least 1, got ${time}`, hint }];
}

function checkWindows(json: Json): readonly InputIssue[] {
  const mediaType = isJsonObject(json) ? json['mediaType'] : undefined;
  if (!isJsonObject(json) || typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType)) {
    const hint = 'the file is named trusted_root.json where Sigstore publishes it';
    return [{ where: 'mediaType', message: 'expected the media type of a Sigstore trusted root', hint }];
  }
  const logs = (['tlogs', 'ctlogs'] as const).flatMap((list) =>
    items(json, list).flatMap((item, at) => missingStart(`${list}[${at}].publicKey`, valueAt(item, 'publicKey'))),
  );
  const authorities = (['certificateAuthorities', 'timestampAuthorities'] as const).flatMap((list) =>
    items(json, list).flatMap((item, at) => missingStart(`${list}[${at}]`, item)),
  );
  return [...logs, ...authorities];
}

function items(json: Json, list: LogList | AuthorityList): readonly Json[] {
  const value = valueAt(json, list);
  return Array.isArray(value) ? value : [];
}

function missingStart(where: string, holder: Json | undefined): readonly InputIssue[] {
  const window = valueAt(holder, 'validFor');
  const start = valueAt(window, 'start');
  const end = valueAt(window, 'end');
  if (typeof start !== 'string' || Number.isNaN(Date.parse(start))) {
    const message = 'expected the time from which it is valid, got none';
    return [{ where: `${where}.validFor.start`, message, hint: 'without it everything ever signed would be accepted' }];
  }
  if (end === undefined || end === null) return [];
  const isTime = typeof end === 'string' && !Number.isNaN(Date.parse(end));
  return isTime ? [] : [{ where: `${where}.validFor.end`, message: 'expected a time' }];
}

function toMaterial(name: string, json: Json): TrustMaterial {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(json), noKeys);
    return {
      ...material,
      certificateAuthorities: material.certificateAuthorities.map(toConstant),
      timestampAuthorities: material.timestampAuthorities.map(toConstant),
    };
  } catch (cause) {
    throw invalid(name, findUnreadable(json), cause);
  }
}

function toConstant(authority: TrustMaterial['certificateAuthorities'][number]): typeof authority {
  const certChain = authority.certChain.map((plain) => ConstantCertificate.decode(plain.root.toDER(), 'trusted'));
  return { certChain, validFor: authority.validFor };
}

function checkUsable({ log, sct }: TrustThresholds, material: TrustMaterial, use: TrustUse): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  const { certificateAuthorities, timestampAuthorities, tlogs, ctlogs } = material;
  if (certificateAuthorities.length === 0 && use === 'certificates') {
    issues.push({ where: 'certificateAuthorities', message: 'expected at least one certificate authority, got none' });
  }
  // For keys, the thresholds do not apply: the policy says with the key what is required, and certificate logs are for
  // certificates.
  const tooFew = (where: string, threshold: number, count: number) =>
    use === 'certificates' &&
    count < threshold &&
    issues.push({ where, message: `expected at least ${threshold} by its threshold, got ${count}` });
  tooFew('tlogs', log, tlogs.length);
  tooFew('ctlogs', sct, ctlogs.length);
  if (tlogs.length + timestampAuthorities.length === 0) {
    issues.push({ where: 'tlogs', message: 'expected a log or a timestamp authority: nothing could prove a time' });
  }
  return issues;
}

function noKeys(): never {
  throw new VerificationError({ code: 'PUBLIC_KEY_ERROR', message: 'a trust root holds no signing keys' });
}

function invalid(name: string, issues: readonly InputIssue[], cause?: unknown): InvalidInputError {
  const [first] = issues;
  const message = `the trust root "${name}" cannot be used: ${first?.where}: ${first?.message}`;
  return new InvalidInputError('TRUST_ROOT_INVALID', message, issues, { cause });
}
