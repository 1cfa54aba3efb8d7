import type { CelFunc } from '@bufbuild/cel';
import { RE2JS } from 're2js';
import { patternFault } from '../judge/match-text.ts';
import type { Cel } from './cel.ts';

/**
 * `matches`, and `find` and `findAll` as Kubernetes has them:
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library. RE2, like all our patterns.
 */
export function patternFunctions({ celFunc, celMethod, celList, listType, CelScalar }: Cel): readonly CelFunc[] {
  const { BOOL, INT, STRING } = CelScalar;
  const TEXTS = listType(STRING);
  // A pattern is asked of every member of a list, and costs ten times as much to compile as to match.
  const compiled = new Map<string, RE2JS>();
  const compile = (pattern: string): RE2JS => {
    const known = compiled.get(pattern);
    if (known !== undefined) return known;
    const fault = patternFault(pattern);
    if (fault !== undefined && pattern !== '') throw new Error(`the pattern cannot be used: ${fault}`);
    if (compiled.size >= 100) compiled.clear();
    const regexp = RE2JS.compile(pattern);
    compiled.set(pattern, regexp);
    return regexp;
  };
  const find = (text: string, pattern: string, limit: number): readonly string[] => {
    const matcher = compile(pattern).matcher(text);
    const all: string[] = [];
    let last = -1;
    while ((limit < 0 || all.length < limit) && matcher.find()) {
      // As in Go, an empty match right after another match does not count.
      if (matcher.start() === matcher.end() && matcher.start() === last) continue;
      last = matcher.end();
      all.push(matcher.group() ?? '');
    }
    return all;
  };
  const matches = (text: string, pattern: string): boolean => compile(pattern).test(text);
  return [
    celFunc('matches', [STRING, STRING], BOOL, matches),
    celMethod('matches', STRING, [STRING], BOOL, function (pattern) {
      return matches(this, pattern);
    }),
    celMethod('find', STRING, [STRING], STRING, function (pattern) {
      return find(this, pattern, 1)[0] ?? '';
    }),
    celMethod('findAll', STRING, [STRING], TEXTS, function (pattern) {
      return celList(find(this, pattern, -1));
    }),
    celMethod('findAll', STRING, [STRING, INT], TEXTS, function (pattern, limit) {
      return celList(find(this, pattern, Number(limit)));
    }),
  ];
}
