import { parseSync } from 'oxc-parser';

/** A node of the syntax tree, as far as it is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [name: string]: unknown;
}

/** Source that counts, and the texts in it. */
export interface Instrumented {
  readonly source: string;
  /** Where the next file's counters begin. */
  readonly next: number;
  readonly words: readonly string[];
}

/** What instrumented source calls: see `coverage.ts`. */
export const COUNT = '__fuzzCount';
export const COMPARE = '__fuzzCompare';

const EQUALITY: Readonly<Record<string, string>> = { '===': '', '!==': '!' };

/**
 * Puts a counter into each branch of a source (functions, both sides of `if`, `?:`, `&&`, `||` and `??`, loops, cases),
 * and has comparisons told, so that what an input is compared with can be put into the next one. The meaning stays, and
 * so do lines and types. `undefined` for what cannot be parsed.
 */
export function instrument(path: string, source: string, first: number): Instrumented | undefined {
  const { program, errors } = parseSync(path, source, { preserveParens: true });
  if (errors.length > 0) return undefined;
  const writer = new Writer(first);
  writer.visit(program as unknown as Node);
  return { source: writer.write(source), next: writer.next, words: [...writer.words] };
}

class Writer {
  readonly words = new Set<string>();
  next: number;
  /** By offset. What ends there is written before what begins there. */
  readonly #ends = new Map<number, string[]>();
  readonly #begins = new Map<number, string[]>();
  /** Text that is left out: from, to. */
  readonly #cuts = new Map<number, number>();

  constructor(first: number) {
    this.next = first;
  }

  visit(node: Node): void {
    if (isTypeOnly(node)) return;
    const close = this.#open(node);
    for (const child of childrenOf(node)) this.visit(child);
    for (const each of close.toReversed()) each();
  }

  write(source: string): string {
    let text = '';
    let from = 0;
    const places = new Set([...this.#ends.keys(), ...this.#begins.keys(), ...this.#cuts.keys()]);
    for (const at of [...places].sort((a, b) => a - b)) {
      text += source.slice(from, at) + (this.#ends.get(at) ?? []).join('');
      from = this.#cuts.get(at) ?? at;
      text += (this.#begins.get(at) ?? []).join('');
    }
    return text + source.slice(from);
  }

  /** Writes what comes before a node's children, and returns what writes the rest. */
  #open(node: Node): (() => void)[] {
    const { type } = node;
    if (type === 'Literal' && typeof node['value'] === 'string') this.#learn(node['value']);
    if (type === 'TemplateElement') this.#learn(String((node['value'] as { raw: string }).raw));
    if (type === 'ArrowFunctionExpression' || type.startsWith('Function')) return this.#body(node['body']);
    if (type === 'IfStatement') return this.#ifBranches(node);
    if (type === 'ConditionalExpression')
      return [...this.#expression(node['consequent']), ...this.#expression(node['alternate'])];
    if (type === 'LogicalExpression') return this.#expression(node['right']);
    if (type === 'BinaryExpression') return this.#comparison(node);
    if (/^(For\w*|While|DoWhile)Statement$/.test(type)) return this.#statement(node['body']);
    if (type === 'CatchClause') return this.#statement(node['body']);
    if (type === 'SwitchCase') this.#case(node);
    return [];
  }

  #body(body: unknown): (() => void)[] {
    if (!isNode(body)) return [];
    return body.type === 'BlockStatement' || body.type === 'FunctionBody'
      ? this.#statement(body)
      : this.#expression(body);
  }

  #ifBranches(node: Node): (() => void)[] {
    const { consequent, alternate } = node;
    const close = [...this.#statement(consequent), ...this.#statement(alternate)];
    if (alternate !== null || !isNode(consequent)) return close;
    // Not taken is a branch too.
    const otherwise = `else{${this.#counter()};}`;
    return [() => this.#end(consequent.end, otherwise), ...close];
  }

  #statement(node: unknown): (() => void)[] {
    if (!isNode(node)) return [];
    const count = `${this.#counter()};`;
    if (node.type === 'BlockStatement' || node.type === 'FunctionBody') {
      this.#begin(node.start + 1, count);
      return [];
    }
    this.#begin(node.start, `{${count}`);
    return [() => this.#end(node.end, '}')];
  }

  #expression(node: unknown): (() => void)[] {
    if (!isNode(node)) return [];
    this.#begin(node.start, `(${this.#counter()},`);
    return [() => this.#end(node.end, ')')];
  }

  #comparison({ operator, left, right }: Node): (() => void)[] {
    const sign = EQUALITY[String(operator)];
    if (sign === undefined || !isNode(left) || !isNode(right)) return [];
    this.#begin(left.start, `${sign}${COMPARE}(`);
    this.#cuts.set(left.end, right.start);
    return [
      () => {
        this.#end(left.end, ',');
        this.#end(right.end, ')');
      },
    ];
  }

  #case({ consequent, test }: Node): void {
    const first: unknown = Array.isArray(consequent) ? consequent[0] : undefined;
    if (isNode(first)) this.#begin(first.start, `${this.#counter()};`);
    if (isNode(test) && test.type === 'Literal') this.#learn(String(test['value']));
  }

  #counter(): string {
    this.next += 1;
    return `${COUNT}[${this.next - 1}]++`;
  }

  #learn(text: string): void {
    if (text.length > 1 && text.length <= 64) this.words.add(text);
  }

  #begin(at: number, text: string): void {
    this.#begins.set(at, [...(this.#begins.get(at) ?? []), text]);
  }

  #end(at: number, text: string): void {
    this.#ends.set(at, [...(this.#ends.get(at) ?? []), text]);
  }
}

const HOLDS_EXPRESSION = [
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSInstantiationExpression',
];

function isTypeOnly({ type }: Node): boolean {
  return type.startsWith('TS') && !HOLDS_EXPRESSION.includes(type);
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]).filter(isNode));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
