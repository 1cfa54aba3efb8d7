import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { AcceptedTokens, TokenAuthentication } from '../../domain/webhook-authentication.ts';
import { shortText } from '../../kit/short-text.ts';
import { bearerToken } from './header-check.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import type { ReadDocument } from './read-document.ts';
import { KNOWN, type Sender, type SenderCheck, type SenderJudgement, unknown } from './sender.ts';

/** Signatures by a private key alone: with `none` or a shared secret (HS256) anybody could make a token. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks that NTP keeps differ by less; issuers date tokens a few seconds back. */
const SKEW_S = 60;
/** Issuers give tokens an hour, some a day: an older one was kept by somebody. */
const MAX_AGE_S = 24 * 60 * 60;

export interface TokenCheckDeps {
  readonly read: ReadDocument;
  /** Monotonic, for how old keys are. */
  readonly nowMs: () => number;
  readonly clock: () => Date;
  /** @throws {FaultError} `CLOCK_UNTRUSTED` */
  readonly checkClock: () => void;
}

/**
 * Creates the check of a bearer token against its issuer's keys: signature, issuer, times, audience, and who it names.
 * The judgement throws {FaultError} `ISSUER_UNAVAILABLE` while the keys cannot be had, and `CLOCK_UNTRUSTED` where it is
 * our clock that is wrong: neither is the sender's fault.
 */
export function createTokenCheck({ issuer, accepted }: TokenAuthentication, deps: TokenCheckDeps): SenderCheck {
  const findKey = createIssuerKeys(issuer, deps.read, deps.nowMs);

  async function judge({ headers }: Sender): Promise<SenderJudgement> {
    const token = bearerToken(headers);
    if (token === null) return unknown('it has no bearer token');
    try {
      // Before the keys are looked at: who invents tokens of another issuer does not make us ask ours.
      if (decodeJwt(token).iss !== issuer) return unknown('its token is of another issuer');
      const { payload } = await jwtVerify(token, findKey, {
        issuer,
        audience: [...accepted.current.audiences],
        algorithms: ALGORITHMS,
        clockTolerance: SKEW_S,
        maxTokenAge: MAX_AGE_S,
        requiredClaims: ['exp'],
        currentDate: deps.clock(),
      });
      return judgeIdentity(payload, accepted.current);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      // By a wrong clock of ours every token looks ended, or of tomorrow.
      if (isOfTime(error)) deps.checkClock();
      return unknown(explain(error));
    }
  }
  return { kind: 'sender', judge };
}

function judgeIdentity(
  { sub, email, email_verified: isVerified }: JWTPayload,
  accepted: AcceptedTokens,
): SenderJudgement {
  const { emails, subjects } = accepted;
  if (subjects.length > 0 && !(typeof sub === 'string' && subjects.includes(sub))) {
    return unknown(`its token is for the subject ${quoted(sub)}`);
  }
  if (emails.length === 0) return KNOWN;
  if (!(typeof email === 'string' && emails.includes(email)))
    return unknown(`its token is for the e-mail ${quoted(email)}`);
  return isVerified === true ? KNOWN : unknown('the issuer has not verified the e-mail in its token');
}

function isOfTime(error: errors.JOSEError): boolean {
  if (error instanceof errors.JWTExpired) return true;
  return error instanceof errors.JWTClaimValidationFailed && (error.claim === 'iat' || error.claim === 'nbf');
}

/** For the log alone. What a token claims is quoted only once its signature is verified, which it is for these. */
function explain(error: errors.JOSEError): string {
  const isClaim = error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired;
  const said = isClaim ? `, which is ${quoted(error.payload[error.claim])}` : '';
  return `${error.message}${said}`;
}

function quoted(claim: unknown): string {
  return claim === undefined ? 'nobody' : shortText(JSON.stringify(claim));
}
