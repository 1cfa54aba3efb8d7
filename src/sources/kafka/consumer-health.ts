import type { Clock } from '../../ports/clock.ts';

/** How a consumer stands: what keeps it from bringing records, and since when. */
export interface ConsumerHealth {
  connected(): void;
  disconnected(): void;
  /**
   * The consumer crashed. The reason stays until something is fetched again, as a connection alone does not show that
   * it works.
   */
  crashed(problem: string): void;
  fetched(): void;
  /** What keeps fetched records from being stored; `undefined`: nothing. */
  storage(problem: string | undefined): void;
  problem(): string | undefined;
  since(): Date | undefined;
}

/** Creates the health of a consumer that has not connected yet. */
export function createConsumerHealth(clock: Clock): ConsumerHealth {
  const problems: { crash?: string | undefined; connection?: string | undefined; storage?: string | undefined } = {
    connection: 'it is not connected to Kafka yet',
  };
  let since: Date | undefined = clock();

  const problem = (): string | undefined => problems.crash ?? problems.connection ?? problems.storage;
  function change(news: typeof problems): void {
    Object.assign(problems, news);
    since = problem() === undefined ? undefined : (since ?? clock());
  }

  return {
    connected: () => change({ connection: undefined }),
    disconnected: () => change({ connection: 'it is disconnected from Kafka' }),
    crashed: (crash) => change({ crash }),
    fetched: () => change({ crash: undefined, connection: undefined }),
    storage: (storage) => change({ storage }),
    problem,
    since: () => since,
  };
}
