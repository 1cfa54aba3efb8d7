#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: timestamp(<whole number>) counts milliseconds, where the CEL specification and cel-go count seconds;
# a day that does not exist is the one after the month's end; text that is no number is 0; a key whose value is null is
# absent. Seen: "true true true false". Lazaret mends each (src/policy/conditions); this fails when the library has.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @bufbuild/cel@0.6.1 >/dev/null
cat >ask.mjs <<'JS'
import { run } from '@bufbuild/cel';
console.log(
  run('timestamp(1) == timestamp("1970-01-01T00:00:00.001Z")'),
  run('timestamp("2026-02-30T00:00:00Z") == timestamp("2026-03-02T00:00:00Z")'),
  run('int("") == 0'),
  run('"x" in {"x": null}'),
);
JS
seen=$(node ask.mjs); echo "@bufbuild/cel 0.6.1: $seen"
[ "$seen" = "true true true false" ]
