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
}

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

export function createRefresher({ providers, epochs, guard, clock, logger, proxy }: RefresherParts): Refresher {
  const due = providers.filter((provider) => provider.refreshEveryMs !== undefined);
  const loops: RefreshLoop[] = [];
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

  async function compareClock(server: URL | undefined): Promise<void> {
    if (server === undefined) return;
    const time = await readServerTime(server, proxy);
    if (time !== undefined) guard.observe({ server: server.host, time, confirms: true }, clock());
  }

  return {
    adopt,
    refreshAll: async () => void (await Promise.all(due.map(refresh))),
    start(listener) {
      onChange = listener;
      agreeing = setInterval(() => {
        takeOver().catch((err: unknown) => logger?.warn({ err }, 'the trust epoch could not be agreed on'));
      }, AGREE_EVERY_MS).unref();
      for (const provider of due) {
        const { refreshEveryMs: everyMs } = provider;
        if (everyMs !== undefined) loops.push(startRefreshLoop({ everyMs, run: () => refresh(provider) }));
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
