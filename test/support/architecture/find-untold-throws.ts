import { parseSync, type Span, Visitor } from 'oxc-parser';

/**
 * The exported functions in a text, and the methods of exported classes, that throw in their own body, not in functions
 * within it, without a docstring right before them that says so with `@throws`: each as its place and name. Of
 * overloads one docstring is enough.
 */
export function findUntoldThrows(file: string, text: string): readonly string[] {
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const told = new Set<string>();
  const untold: { readonly name: string; readonly line: number }[] = [];
  /** Declarations around what is visited that would have to say it, the innermost last. */
  const owners: { readonly name: string; readonly at: Span; throws: boolean }[] = [];
  /** Of each function around what is visited, whether it throws. */
  const functions: boolean[] = [];

  const own = (name: string, at: Span) => void owners.push({ name, at, throws: false });
  const disown = () => {
    const owner = owners.pop();
    if (owner === undefined) return;
    const { name, at, throws } = owner;
    const before = comments.findLast(({ end }) => end <= at.start && text.slice(end, at.start).trim() === '');
    if (before?.value.startsWith('*') === true && /@throws\s/.test(before.value)) told.add(name);
    if (throws) untold.push({ name, line: text.slice(0, at.start).split('\n').length });
  };
  const enter = () => void functions.push(false);
  const leave = () => {
    const throws = functions.pop() === true;
    const owner = owners.at(-1);
    if (throws && functions.length === 0 && owner !== undefined) owner.throws = true;
  };

  new Visitor({
    ExportNamedDeclaration: (node) => own(nameOf(text.slice(node.start, node.end)), node),
    'ExportNamedDeclaration:exit': disown,
    MethodDefinition: (node) => own(text.slice(node.key.start, node.key.end), node),
    'MethodDefinition:exit'() {
      // Nobody outside calls what is private, nor a method of a class that is not exported.
      if (owners.length === 1 || owners.at(-1)?.name.startsWith('#') === true) owners.pop();
      else disown();
    },
    FunctionDeclaration: enter,
    'FunctionDeclaration:exit': leave,
    FunctionExpression: enter,
    'FunctionExpression:exit': leave,
    ArrowFunctionExpression: enter,
    'ArrowFunctionExpression:exit': leave,
    ThrowStatement() {
      if (functions.length > 0) functions[functions.length - 1] = true;
    },
  }).visit(program);
  return untold.filter(({ name }) => !told.has(name)).map(({ name, line }) => `${file}:${line} ${name}`);
}

function nameOf(declaration: string): string {
  return /^export\s+(?:abstract\s+|async\s+)*(?:function\s*\*?|const|class|let)\s+(\w+)/.exec(declaration)?.[1] ?? '';
}
