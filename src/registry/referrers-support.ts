import { LRUCache } from 'lru-cache';
import type { HttpReply } from './http/http-transport.ts';
import { isFromRegistry, isOwnRefusal, parseErrorCodes } from './registry-fault.ts';

/** Remembers, by repository, where a registry has no referrers API: one request less for every image. */
export interface ReferrersSupport {
  isKnownMissing(repository: string): boolean;
  /** Whether this answer to the first page says that there is no such API. */
  isUnsupported(reply: HttpReply): boolean;
  /** Whether it was worth remembering: an answer about the API, not about this repository or by a server in front. */
  remember(repository: string, reply: HttpReply): boolean;
}

/** A registry that is upgraded is noticed within this time. */
const REMEMBER_MS = 10 * 60_000;
/** By repository, because virtual registries differ inside; 10,000 names of 255 characters are 2.5 MB. */
const MAX_REMEMBERED = 10_000;

/** Creates an empty memory. */
export function createReferrersSupport(): ReferrersSupport {
  const missingUntil = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  return {
    isKnownMissing: (repository) => (missingUntil.get(repository) ?? 0) > performance.now(),
    isUnsupported(reply) {
      if (parseErrorCodes(reply).includes('UNSUPPORTED')) return true;
      // 404 is the specified answer; the others occur where the path is known to the server and the method is not.
      if (reply.status === 404 || reply.status === 405 || reply.status === 501) return true;
      // Some registries answer so because they take the path for another one. The client of cosign reads the fallback
      // tag then, too.
      return (reply.status === 400 || reply.status === 406) && isOwnRefusal(reply);
    },
    remember(repository, reply) {
      if (!isWorthRemembering(reply)) return false;
      missingUntil.set(repository, performance.now() + REMEMBER_MS);
      return true;
    },
  };
}

/**
 * Only an answer of the registry itself, and about the API: a 404 from something in front of a registry that is down,
 * or of a repository that is not there yet, would hide every signature pushed in the next minutes.
 */
function isWorthRemembering(reply: HttpReply): boolean {
  const codes = parseErrorCodes(reply);
  if (codes.length > 0) return codes.includes('UNSUPPORTED');
  return reply.status !== 404 || isFromRegistry(reply);
}
