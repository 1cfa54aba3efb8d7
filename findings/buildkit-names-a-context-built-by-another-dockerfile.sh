#!/usr/bin/env bash
# moby/buildkit v0.26.2, seen 2026-11-28 with Go 1.26.
#
# Expected: provenance of `docker buildx build -f my.Dockerfile https://github.com/acme/app.git#refs/tags/v1` differs from
# that of a build by the repository's own Dockerfile in where the build came from.
# Seen: `configSource` and the list of what was fetched are the same, commit included. That a file of the caller's took
# part is told by `locals` alone; that the list is not complete is said elsewhere, in the metadata, without naming it. And
# `builder.id` is empty text unless the caller gives one.
#
# Needs Go and its module proxy; takes a minute. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/solver/llbsolver/provenance"
	"github.com/moby/buildkit/solver/llbsolver/provenance/types"
)

func main() {
	source := "https://github.com/acme/app.git#refs/tags/v1"
	capture := &provenance.Capture{Frontend: "dockerfile.v0", Args: map[string]string{"context": source}}
	capture.AddGit(types.GitSource{URL: source, Commit: "dddddddddddddddddddddddddddddddddddddddd"})
	if len(os.Args) > 1 {
		capture.AddLocal(types.LocalSource{Name: "dockerfile"})
	}
	predicate, err := provenance.NewPredicate(capture)
	if err != nil {
		panic(err)
	}
	text, _ := json.Marshal(predicate.ConvertToSLSA1())
	fmt.Println(string(text))
}
GO
go mod init finding 2>/dev/null
go get github.com/moby/buildkit@v0.26.2 2>/dev/null
go mod tidy 2>/dev/null
own=$(go run .)
other=$(go run . local)
echo "$other"
place() { grep -o '"resolvedDependencies":\[[^]]*\]\|"configSource":{[^}]*}[^}]*}' <<<"$1"; }
[ "$(place "$own")" = "$(place "$other")" ] && [ "$(place "$own" | wc -l)" = 2 ]
grep -q '"locals":\[{"name":"dockerfile"}\]' <<<"$other"
if grep -q '"locals"' <<<"$own"; then exit 1; fi
grep -q '"builder":{"id":""}' <<<"$own"
