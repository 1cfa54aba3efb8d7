import { type TrustMaterial, VerificationError } from '@sigstore/verify';
import { verifyTLogBody, verifyTLogInclusion } from '../library-internals.ts';
import type { LogEntry } from '../read/signed-evidence.ts';
import { authorityName } from '../x509/authority-name.ts';
import type { Checking } from './checking.ts';
import { type EntrySigner, isKnownEntryKind, kindOf, parseEntrySigner } from './log-entry-signer.ts';
import { malformed, Refusal } from './refusal.ts';
import { checkLayerHash, isLayerEntry, verifyLayerEntry } from './verify-layer-entry.ts';

type TLogAuthority = TrustMaterial['tlogs'][number];

/** A log entry about this signature, by this signer, that a trusted log vouches for. */
export interface VerifiedEntry {
  /** Which log: copies of one entry, and entries of one log, count once. */
  readonly log: string;
  /** When the log says it took the entry in; absent for entries that only have an inclusion proof. */
  readonly time?: Date;
  /** When the log was in use. Several if the trust root lists it several times. */
  readonly windows: readonly { readonly start: Date; readonly end: Date }[];
}

/**
 * Verifies one log entry: it is about this signature over these bytes, names this signer (the library never compares
 * that), and its log signed for it.
 * @throws {Refusal}
 */
export function verifyLogEntry(checking: Checking, written: LogEntry): VerifiedEntry {
  const entry = withSignedParts(written);
  const { tlogs } = checking.trust.material;
  if (!isKnownEntryKind(entry)) {
    throw new Refusal(
      'EVIDENCE_UNSUPPORTED',
      'The log entry is of a kind that proves nothing about a signature here.',
      {
        expected: 'hashedrekord, dsse or intoto of a known version',
        found: kindOf(entry).slice(0, 100),
      },
    );
  }
  const known = tlogs.filter(({ logID }) => logID.equals(entry.logId.keyId));
  const [log] = known;
  if (log === undefined) {
    throw new Refusal('LOG_PROOF_INVALID', 'The signature is recorded in a log that is not trusted here.', {
      expected: `one of the ${tlogs.length} logs of the trust root "${checking.trust.name}"`,
      found: `log ${entry.logId.keyId.toString('hex').slice(0, 64)}`,
    });
  }
  checkSigner(parseEntrySigner(entry), checking.signer);
  verify(checking, entry);
  return {
    log: authorityName(log.publicKey),
    windows: known.map(({ validFor }) => validFor),
    ...(entry.inclusionPromise !== undefined && { time: new Date(Number(entry.integratedTime) * 1000) }),
  };
}

function checkSigner(found: EntrySigner | undefined, expected: EntrySigner): void {
  if (found === undefined) throw mismatch('it does not name exactly one signer');
  if (found.kind === expected.kind && found.der.equals(expected.der)) return;
  throw mismatch(`it names another ${found.kind} as the signer`);
}

function verify(checking: Checking, entry: LogEntry): void {
  try {
    checkLayerHash(checking.evidence, entry);
    if (isLayerEntry(checking.evidence, entry)) {
      verifyLayerEntry(checking, entry);
    } else {
      const logs = checking.trust.material.tlogs.map((log) => underItsNames(log, entry));
      verifyTLogInclusion(entry, logs);
      verifyTLogBody(entry, checking.content);
    }
  } catch (error) {
    throw toRefusal(error);
  }
}

// Promises and proofs without a signature are left out: bundles of version 0.1 may hold a proof without a checkpoint,
// and some writers add an empty promise to a proof.
function withSignedParts(entry: LogEntry): LogEntry {
  const { inclusionPromise: promise, inclusionProof: proof } = entry;
  return {
    ...entry,
    inclusionPromise: promise?.signedEntryTimestamp.length ? promise : undefined,
    inclusionProof: proof?.checkpoint === undefined ? undefined : proof,
  };
}

// Rekor v1 signs its checkpoints with the name of the host on which it runs, unless it is configured otherwise; the
// library expects that name in the log's address. The hint of the key and the signature identify the log instead. The
// origin in a checkpoint of Rekor v2 is the log's address, by its specification.
const REKOR1_ORIGIN = /^[^\n]* - \d+\n/;

function underItsNames(log: TLogAuthority, { inclusionProof }: LogEntry): TLogAuthority {
  const checkpoint = inclusionProof?.checkpoint?.envelope ?? '';
  return REKOR1_ORIGIN.test(checkpoint) ? { ...log, baseURL: checkpoint } : log;
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof VerificationError)) return malformed('its log entry is broken', { cause: error });
  if (error.code === 'TLOG_BODY_ERROR') return mismatch(error.message, error);
  const why = 'The proof that the signature is recorded in a public log does not hold.';
  return new Refusal('LOG_PROOF_INVALID', why, { found: error.message, cause: error });
}

function mismatch(why: string, cause?: unknown): Refusal {
  return new Refusal('LOG_ENTRY_MISMATCH', 'The log entry that came with the signature is about something else.', {
    expected: 'the entry of this signature, over these bytes, by this signer',
    found: why,
    cause,
  });
}
