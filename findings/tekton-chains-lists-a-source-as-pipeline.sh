#!/usr/bin/env bash
# tektoncd/chains v0.22.0 (format slsa/v2alpha4), seen 2026-11-28 with Go 1.26.
#
# Expected: a run whose tasks name the repository they built lists it in `resolvedDependencies` as "inputs/result".
# Seen: where the pipeline is defined in the very commit that is built (.tekton/ in the repository), the only entry is the
# one named "pipeline", as in a run that tells of no source at all. Entries of one address and commit are listed once, and
# the definition comes first. The source is still told, by the results CHAINS-GIT_URL and CHAINS-GIT_COMMIT in `byproducts`.
#
# Needs Go and its module proxy; takes some minutes. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tektoncd/chains/pkg/chains/formats/slsa/v2alpha4"
	"github.com/tektoncd/chains/pkg/chains/objects"
	"github.com/tektoncd/chains/pkg/config"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

const commit = "dddddddddddddddddddddddddddddddddddddddd"

func main() {
	run := &v1.PipelineRun{}
	run.Status.Provenance = &v1.Provenance{RefSource: &v1.RefSource{
		URI: "git+https://github.com/acme/app.git", Digest: map[string]string{"sha1": commit}, EntryPoint: ".tekton/build.yaml",
	}}
	run.Status.PipelineSpec = &v1.PipelineSpec{}
	run.Status.Results = []v1.PipelineRunResult{
		{Name: "CHAINS-GIT_URL", Value: *v1.NewStructuredValues("https://github.com/acme/app")},
		{Name: "CHAINS-GIT_COMMIT", Value: *v1.NewStructuredValues(commit)},
	}
	formatter, err := v2alpha4.NewFormatter(config.Config{})
	if err != nil {
		panic(err)
	}
	payload, err := formatter.CreatePayload(context.Background(), objects.NewPipelineRunObjectV1(run))
	if err != nil {
		panic(err)
	}
	text, _ := json.Marshal(payload)
	fmt.Println(string(text))
}
GO
go mod init finding 2>/dev/null
go get github.com/tektoncd/chains@v0.22.0 2>/dev/null
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
[ "$(grep -o '"name":"pipeline"' <<<"$seen" | wc -l)" = 1 ]
if grep -q 'inputs/result' <<<"$seen"; then exit 1; fi
grep -q 'pipelineRunResults/CHAINS-GIT_URL' <<<"$seen"
