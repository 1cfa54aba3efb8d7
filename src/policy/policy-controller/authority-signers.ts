import { DEFAULT_TRUST } from '../../domain/built-in-trust.ts';
import type { PolicyKey, Requirement, SignerRule, TextMatch } from '../../domain/policy.ts';
import type { AuthorityReading } from './authority-reading.ts';
import type { Authority, KeylessIdentity } from './authority-schema.ts';
import { chooseKeylessTrust, chooseKeyTrust } from './choose-trust.ts';
import { parseAuthorityKey } from './parse-authority-key.ts';

type Signers = Pick<Requirement, 'of' | 'atLeast' | 'timeProven'>;

/** Who may have signed for an authority; none after a fault, which is reported. */
export function parseSigners(authority: Authority, reading: AuthorityReading): Signers {
  const of = authority.keyless === undefined ? keySigner(authority, reading) : keylessSigners(authority, reading);
  // For a bare key only this requires that timestamps prove a time.
  const isTimed = authority.key !== undefined && authority.rfc3161timestamp !== undefined;
  return { of, atLeast: 1, ...(isTimed && { timeProven: true }) };
}

function keySigner(authority: Authority, reading: AuthorityReading): readonly SignerRule[] {
  const key = authority.key === undefined ? undefined : parseAuthorityKey(authority.key, reading);
  if (key === undefined) return [];
  const trust = chooseKeyTrust(authority, reading);
  if (trust === undefined) return [{ kind: 'key', key }];
  const vouched: PolicyKey = {
    ...key,
    trust: trust.name,
    ...(trust.root && { trustRoot: trust.root }),
    ...(authority.rfc3161timestamp === undefined && { transparencyLog: 'required' }),
  };
  return [{ kind: 'key', key: vouched }];
}

function keylessSigners(authority: Authority, reading: AuthorityReading): readonly SignerRule[] {
  const trust = chooseKeylessTrust(authority, reading);
  return (authority.keyless?.identities ?? []).map((identity) => ({
    kind: 'identity',
    trust: trust?.name ?? DEFAULT_TRUST,
    issuer: matchOf(identity, 'issuer'),
    subject: matchOf(identity, 'subject'),
    ...(trust?.root && { trustRoot: trust.root }),
  }));
}

// An expression may match anywhere in the text, as in policy-controller. The schema has checked that one of the two
// fields is there.
function matchOf(identity: KeylessIdentity, name: 'issuer' | 'subject'): TextMatch {
  const exact = identity[name];
  if (exact !== undefined && exact !== '') return { kind: 'exact', text: exact };
  return { kind: 'pattern', pattern: identity[`${name}RegExp`] ?? '', anywhere: true };
}
