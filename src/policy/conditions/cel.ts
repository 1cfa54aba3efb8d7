/** The library of the expression language. It costs 50 ms to load, so whoever needs it is handed it. */
export type Cel = typeof import('@bufbuild/cel');

/** A part of a condition that was read. */
export type Expr = NonNullable<ReturnType<Cel['parse']>['expr']>;

/** What kind of value something is. */
export type CelType = ReturnType<Cel['celType']>;

/** What a condition can call and name. */
export type Environment = ReturnType<Cel['celEnv']>;

/** The functions of an environment, by name. */
export type Functions = Environment['funcs'];

/** What is wrong with a condition whatever it is asked about, and in which of its parts. Never leaves this folder. */
export class ConditionFault extends Error {
  readonly exprId: bigint;

  constructor(message: string, exprId: bigint) {
    super(message);
    this.exprId = exprId;
  }
}
