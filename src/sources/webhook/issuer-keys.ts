import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import { FaultError } from '../../kit/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { ReadDocument } from './read-document.ts';

/** Issuers publish keys before they sign with them. */
const FRESH_MS = 60 * 60_000;
/** While the issuer is out of reach its last keys are believed for so long. */
const KEPT_MS = 24 * 60 * 60_000;
/** Whoever invents names of keys makes us ask the issuer once in this time, whatever he sends. */
const PAUSE_MS = 60_000;
/** Issuers have some ten at most. */
const MAX_KEYS = 100;
const BOUNDS = { maxDepth: 16, maxValues: 10_000 };

interface KnownKeys {
  readonly find: LocalJWKSet;
  readonly readAt: number;
}

/**
 * Creates the finder of an issuer's public keys, by its discovery document (OpenID Connect Discovery 1.0 §4), over a
 * monotonic clock in milliseconds. Keys are read when first needed, when they are an hour old, and for a key they do
 * not hold, at most once a minute. The finder throws {FaultError} `ISSUER_UNAVAILABLE` while there are none, and
 * jose's `JWKSNoMatchingKey` for a key that the issuer does not have.
 */
export function createIssuerKeys(issuer: string, read: ReadDocument, nowMs: () => number): JWTVerifyGetKey {
  let known: KnownKeys | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let trouble: unknown;

  async function readKeys(): Promise<void> {
    try {
      const keys = await readIssuerKeys(issuer, read);
      [known, trouble] = [{ find: createLocalJWKSet(keys), readAt: nowMs() }, undefined];
    } catch (error) {
      trouble = error;
    }
  }

  /** One request at a time, and after it none for a while. */
  async function refresh(): Promise<void> {
    if (reading === undefined) {
      if (nowMs() - triedAt < PAUSE_MS) return;
      triedAt = nowMs();
      reading = readKeys().finally(() => {
        reading = undefined;
      });
    }
    await reading;
  }

  function current(): LocalJWKSet {
    if (known !== undefined && nowMs() - known.readAt < KEPT_MS) return known.find;
    const retryAfterMs = Math.max(1000, triedAt + PAUSE_MS - nowMs());
    if (trouble instanceof FaultError) throw unavailable(trouble.message, { retryAfterMs, cause: trouble });
    throw trouble instanceof Error ? trouble : unavailable(`${issuer} gave no keys`, { retryAfterMs });
  }

  return async (header, token) => {
    if (known === undefined || nowMs() - known.readAt >= FRESH_MS) await refresh();
    const before = current();
    try {
      return await before(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      // Unless it could be asked just now, nobody knows whether the issuer has this key.
      if (trouble !== undefined) throw unavailable(`${issuer} could not be asked for a new key`, { cause: trouble });
      if (current() === before) throw error;
      return await current()(header, token);
    }
  };
}

/** Reads all keys of an issuer. @throws {FaultError} `ISSUER_UNAVAILABLE` */
export async function readIssuerKeys(issuer: string, read: ReadDocument): Promise<JSONWebKeySet> {
  return toKeySet(await read(await findKeysUrl(issuer, read)), issuer);
}

async function findKeysUrl(issuer: string, read: ReadDocument): Promise<URL> {
  const place = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { issuer: named, jwks_uri: address } = toObject(await read(place), `the discovery document of ${issuer}`);
  if (named !== issuer) throw unavailable(`the discovery document of ${issuer} is about another issuer`);
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url?.protocol !== 'https:') throw unavailable(`the discovery document of ${issuer} names no https jwks_uri`);
  return url;
}

function toKeySet(bytes: Uint8Array, issuer: string): JSONWebKeySet {
  const { keys } = toObject(bytes, `the keys of ${issuer}`);
  const all: readonly Json[] = Array.isArray(keys) ? keys : [];
  const usable = all.filter(isJsonObject);
  if (usable.length === 0 || usable.length > MAX_KEYS) {
    throw unavailable(`expected 1 to ${MAX_KEYS} keys of ${issuer}, got ${usable.length}`);
  }
  return { keys: usable.map((key) => ({ kty: '', ...key })) };
}

function toObject(bytes: Uint8Array, what: string): JsonObject {
  try {
    const document = parseJson(bytes, BOUNDS);
    if (isJsonObject(document)) return document;
  } catch (cause) {
    throw unavailable(`${what} cannot be read`, { cause });
  }
  throw unavailable(`${what} is no JSON object`);
}

function unavailable(
  message: string,
  more: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
): FaultError {
  return new FaultError('ISSUER_UNAVAILABLE', message, { retryable: true, ...more });
}
