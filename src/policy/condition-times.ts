type Cel = typeof import('@bufbuild/cel');
type Expr = NonNullable<ReturnType<Cel['parse']>['expr']>;

const WANTED: Readonly<Record<string, string>> = {
  duration: 'hours, minutes or seconds, such as "168h" for a week',
  timestamp: 'a time such as "2026-11-20T12:00:00Z"',
};

/**
 * What is wrong with a duration or time written into a condition: without this it would show only at the first image,
 * and at every image. CEL knows no days, which all our other durations do.
 */
export function findBadTime(cel: Cel, expr: Expr): string | undefined {
  const { exprKind } = expr;
  if (exprKind.case === 'callExpr') {
    const { function: name, args } = exprKind.value;
    const wanted = Object.hasOwn(WANTED, name) ? WANTED[name] : undefined;
    const text = textOf(args[0]);
    if (wanted !== undefined && text !== undefined && isRefused(cel, name, text)) {
      return `${name}("${text}"): expected ${wanted}`;
    }
  }
  for (const inner of partsOf(expr)) {
    const found = findBadTime(cel, inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textOf(expr: Expr | undefined): string | undefined {
  const constant = expr?.exprKind.case === 'constExpr' ? expr.exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? constant.value : undefined;
}

function isRefused(cel: Cel, name: string, text: string): boolean {
  return cel.isCelError(cel.plan(cel.celEnv(), cel.parse(`${name}(text)`))({ text }));
}

function partsOf({ exprKind }: Expr): readonly Expr[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return present([exprKind.value.operand]);
    case 'callExpr':
      return present([exprKind.value.target, ...exprKind.value.args]);
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return present(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}

function present(exprs: readonly (Expr | undefined)[]): readonly Expr[] {
  return exprs.filter((expr) => expr !== undefined);
}
