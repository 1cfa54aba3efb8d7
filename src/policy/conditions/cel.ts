/**
 * The library of the expression language. Loading it takes 50 ms, so it is loaded once and passed to whoever needs it.
 */
export type Cel = typeof import('@bufbuild/cel');

/** A part of a condition that was read. */
export type Expr = NonNullable<ReturnType<Cel['parse']>['expr']>;

/** The type of a value in conditions. */
export type CelType = ReturnType<Cel['celType']>;

/** The functions that a condition can call and the names that it can use. */
export type Environment = ReturnType<Cel['celEnv']>;

/** The functions of an environment, by name. */
export type Functions = Environment['funcs'];

/**
 * What is wrong with a condition, whatever predicate it is evaluated on, and in which part of it. It is caught in this
 * folder.
 */
export class ConditionFault extends Error {
  readonly exprId: bigint;

  constructor(message: string, exprId: bigint) {
    super(message);
    this.exprId = exprId;
  }
}
