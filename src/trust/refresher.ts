import type { Logger } from 'pino';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import { parseServerTime } from '../kit/server-time.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClockGuard } from './clock-guard.ts';
import type { EpochStore } from './epoch-store.ts';
import { type RefreshLoop, startRefreshLoop } from './refresh-loop.ts';
import type { RootProvider } from './root-provider.ts';

/** What this folder logs. */
export type TrustLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

export interface RefresherParts {
  readonly providers: readonly RootProvider[];
  readonly epochs: EpochStore;
  readonly guard: ClockGuard;
  readonly clock: Clock;
  readonly logger: TrustLogger | undefined;
  readonly proxy?: ProxyRules | undefined;
  /** Whether this process asks for all on its record, and the others wait for its word. Default: it does. */
  readonly leads?: (() => boolean) | undefined;
}

/**
 * Who does not lead asks for itself this often all the same: neither a leader nor who writes the record keeps a newer
 * root from it for longer (D7), well under the day after which people are told that a root is old.
 */
const FOLLOW_MS = 6 * 3_600_000;
/** Whatever the record says, nobody asks a mirror more often because of it. */
const BEHIND_MS = 60_000;

/** How often it is seen on record whether others have given the roots in use another number. */
const AGREE_EVERY_MS = 10_000;

/** Brings the trust roots up to date, each at its own pace, and takes what is new into use. */
export interface Refresher {
  /** Takes what the providers hold into use. Says whether it differs from before. */
  adopt(): Promise<boolean>;
  /** Looks for newer roots now; what fails is logged. */
  refreshAll(): Promise<void>;
  start(onChange: () => void): void;
  stop(): void;
}

export function createRefresher(parts: RefresherParts): Refresher {
  const { providers, epochs, guard, clock, logger, proxy, leads = () => true } = parts;
  const due = providers.filter((provider) => provider.refreshEveryMs !== undefined);
  const loops: RefreshLoop[] = [];
  const refreshedAt = new Map<RootProvider, number>();
  // Whether others have a newer content, which one was asked for, and when.
  let isBehind = false;
  let heard = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let agreeing: NodeJS.Timeout | undefined;
  let onChange: () => void = () => undefined;

  async function adopt(): Promise<boolean> {
    const documents = providers.flatMap((provider): [string, string][] => {
      const document = provider.document();
      return document === undefined ? [] : [[provider.name, document]];
    });
    return await epochs.adopt(new Map(documents), { now: clock(), confirmedTime: guard.confirmedTime() });
  }

  /** Says whether it went well. */
  async function refresh(provider: RootProvider): Promise<boolean> {
    try {
      await Promise.all([compareClock(provider.server), provider.refresh(clock())]);
      await takeOver();
      refreshedAt.set(provider, performance.now());
      return true;
    } catch (error) {
      const concern = provider.obstacle(clock()) ?? provider.concern(clock());
      // D2: nobody need be woken for a mirror that is down for an hour, but somebody must for a root that is growing
      // old.
      const level = concern === undefined ? 'warn' : 'error';
      logger?.[level]({ err: error, trust: provider.name, concern }, 'the trust root could not be refreshed');
      return false;
    }
  }

  async function takeOver(): Promise<void> {
    if (await adopt()) onChange();
  }

  /** Says whether it went well, or another process asks. */
  async function takeTurn(provider: RootProvider): Promise<boolean> {
    const followedMs = performance.now() - (refreshedAt.get(provider) ?? Number.NEGATIVE_INFINITY);
    return leads() || isBehind || followedMs >= FOLLOW_MS ? await refresh(provider) : true;
  }

  /** Others have found something: it is fetched and checked here too, never taken from them. */
  async function follow(): Promise<void> {
    await takeOver();
    const newest = await epochs.newest();
    // It may stay so: a mirror's copies are not all renewed at once, and other processes may have other thresholds. Then
    // this one asks hourly again, as if it led.
    isBehind = newest > epochs.epoch();
    if (!isBehind || newest <= heard || performance.now() - askedAt < BEHIND_MS) return;
    askedAt = performance.now();
    if (await refreshAll()) heard = newest;
  }

  /** Says whether all went well. */
  async function refreshAll(): Promise<boolean> {
    return (await Promise.all(due.map(refresh))).every(Boolean);
  }

  async function compareClock(server: URL | undefined): Promise<void> {
    if (server === undefined) return;
    const time = await readServerTime(server, proxy);
    if (time !== undefined) guard.observe({ server: server.host, time, confirms: true }, clock());
  }

  return {
    adopt,
    refreshAll: async () => void (await refreshAll()),
    start(listener) {
      onChange = listener;
      agreeing = setInterval(() => {
        follow().catch((err: unknown) => logger?.warn({ err }, 'the trust epoch could not be agreed on'));
      }, AGREE_EVERY_MS).unref();
      for (const provider of due) {
        const { refreshEveryMs: everyMs } = provider;
        if (everyMs !== undefined) loops.push(startRefreshLoop({ everyMs, run: () => takeTurn(provider) }));
      }
    },
    stop() {
      clearInterval(agreeing);
      for (const loop of loops.splice(0)) loop.stop();
      onChange = () => undefined;
    },
  };
}

const TIMEOUT_MS = 5_000;

/** What time it is for the TUF repository at this address; `undefined` if it says nothing. */
async function readServerTime(url: URL, proxy?: ProxyRules): Promise<Date | undefined> {
  const { Egress } = await import('../egress/egress.ts');
  const egress = new Egress({ proxy, agent: { pipelining: 0 }, connect: { timeout: TIMEOUT_MS } });
  try {
    const path = `${url.pathname.replace(/\/$/, '')}/timestamp.json`;
    const { headers, body } = await egress.request({
      origin: url.origin,
      path,
      method: 'HEAD',
      headers: { 'user-agent': 'lazaret' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await body.dump();
    const { date, age } = headers;
    return parseServerTime(one(date), one(age));
  } catch {
    // A server that does not answer proves nothing: our clock is then compared only with what is known already.
    return undefined;
  } finally {
    await egress.destroy();
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
