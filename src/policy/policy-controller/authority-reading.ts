import type { ClusterContext } from './cluster-context.ts';

/** Something wrong with an authority; `path` is inside of it. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
}

/** What reading one authority needs. */
export interface AuthorityReading {
  readonly report: (fault: Fault) => void;
  readonly context: ClusterContext;
}
