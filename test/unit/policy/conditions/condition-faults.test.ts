import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../../../src/policy/conditions/compile-condition.ts';

function faultOf(where: string): string {
  const condition = compileCondition(where);
  return condition.ok ? 'in order' : condition.why;
}

describe('conditions that no predicate could satisfy', () => {
  it.each([
    ['predicate.name.lowerAsci() == "app"', 'unknown function `lowerAsci`; did you mean `lowerAscii`? (at column 15)'],
    ['predicate.packages.length() > 0', 'unknown function `length`; did you mean `size`?'],
    ['predicate.packages.lenght() > 0', 'did you mean `size`?'],
    ['predicate.name.toLowerCase() == "app"', 'did you mean `lowerAscii`?'],
    ['predicate.names.every(n, n != "")', 'did you mean `all`?'],
    ['now.getFulYear() >= 2026', 'did you mean `getFullYear`?'],
    ['predicate.name.frobnicate()', 'unknown function `frobnicate`; docs/policies.md lists all there are'],
    ['contains(predicate.name, "a")', '`contains` is written after what it is asked of: x.contains(…)'],
    ['predicate.name.string() == ""', '`string` is written before what it is given: string(x)'],
    ['has(predicate["name"])', '`has` takes one field'],
    ['predicate.names.all(n)', '`all` takes a name and a condition'],
    ['predicat.name == "a"', 'unknown name `predicat`; did you mean `predicate`?'],
    ['predicate.name.matches("^(app")', 'the pattern "^(app" cannot be used: missing closing )'],
    [
      'predicate.name.matches("^(?!evil)")',
      'the pattern "^(?!evil)" cannot be used: invalid or unsupported Perl syntax',
    ],
    ['predicate.names.all(n, n.findAll("[").size() == 0)', 'the pattern "[" cannot be used'],
    ['predicate.name.matches("^\\d+$")', 'unknown escape \\d; a \\ in a text is written \\\\'],
    ['now < timestamp(predicate.at) + 86400', '`+` does not go with timestamp and int; write a duration'],
    ['now > "2026-11-20T12:00:00Z"', '`>` does not go with timestamp and string; write timestamp('],
    ['now == "2026-11-20T12:00:00Z"', 'timestamp and string are never equal'],
    ['"1" == 1', 'string and int are never equal'],
    ['predicate.names.size() == "3"', 'int and string are never equal'],
    ['"a" in "abc"', '`in` is for lists and maps, got string; for text write text.contains("part")'],
    ['5 in 5', '`in` is for lists and maps, got int'],
    ['now[0] == 1', '`[…]` is for lists and maps, got timestamp'],
    ['["a"]["b"] == "a"', 'string is never the place in a list, which is int'],
    ['{"a": 1}[2] == 1', 'int is never the key of a map whose keys are string'],
    ['-predicate.name == !"a"', '`!` does not go with string'],
    [' ', 'it is empty'],
    [`${'true && '.repeat(1_000)}true`, 'it is longer than 4096 characters'],
    ['1 in ["a"]', 'int is never in a list of string'],
    ['predicate.names.all(n, n.startsWith(1))', 'expected string.startsWith(string), got anything.startsWith(int)'],
    ['["a"].all(x, x > 1)', '`>` does not go with string and int'],
    ['now.year == 2026', 'timestamp has no `.year`'],
    ['now.all(x, true)', 'expected a list or a map to go through, got timestamp'],
    ['timestamp("2026-02-30T00:00:00Z") < now', 'timestamp("2026-02-30T00:00:00Z"): expected a time such as'],
    ['timestamp("2026-11-28T24:00:00Z") < now', 'expected a time such as'],
    ['timestamp(1795860000000) < now', 'a number is seconds since 1970; divide milliseconds by 1000'],
    ['now - now < duration("7d")', 'duration("7d"): expected hours, minutes or seconds, such as "168h" for a week'],
    ['now - now < duration(60)', 'a duration is written as text with its unit: duration("60s")'],
    ['now.getHours("Nowhere/City") == 1', 'there is no such time zone'],
    ['9223372036854775808 > predicate.count', 'the whole number 9223372036854775808 is too large'],
    ['1 && predicate.passed', '`&&` is between true and false, got int'],
    ['predicate.count ? 1 : 2', 'it gives int, and must give true or false'],
    ['predicate.packages', 'it gives whatever the predicate holds there, which need not be true or false'],
    ['"true"', 'it gives string, and must give true or false'],
    ['now', 'it gives timestamp'],
    [
      'true &&\n  predicate.a.strip() == 1 &&\n  1 == "a"',
      'did you mean `trim`? (at line 2, column 14 of the condition)',
    ],
  ])('%s', (where, why) => {
    expect(faultOf(where)).toContain(why);
  });

  it('are told from those that some predicate satisfies', () => {
    for (const where of [
      'predicate.passed == true',
      'predicate.passed && true',
      'predicate.a == predicate.b',
      'predicate.a + predicate.b == "ab" || predicate.a + predicate.b == 3',
      'predicate.any.matches(predicate.pattern)',
      'predicate.names == []',
      '{"a": 1}.size() == 1 && size({"a": [1]}) == 1',
      '[{"a": 1}] == [{"a": 2}] && [{"a": 1}, {"b": 2}].all(each, each.size() == 1)',
      '{"a": 1}.all(key, key == "a")',
      '"a" in {"a": 1} && {"a": 1} == {"b": 2.5}',
      'predicate.count == null',
      'type(predicate.name) == string',
      '(predicate.a ? 1 : "one") == 1',
      'true // a comment at the end',
      String.raw`predicate.name.matches(r"^\d+$") && predicate.name.matches("^\\d+$") // "\d"`,
    ]) {
      expect(faultOf(where)).toBe('in order');
    }
  });
});
