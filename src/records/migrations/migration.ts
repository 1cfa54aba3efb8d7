/** One step of the schema. Steps are never changed once released: a new one is added. */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly version: number;
  readonly name: string;
  /** Statements that PostgreSQL can run inside a transaction; unqualified names lie in the record's schema. */
  readonly sql: string;
}
