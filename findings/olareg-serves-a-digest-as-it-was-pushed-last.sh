#!/usr/bin/env bash
# github.com/olareg/olareg v0.2.2, seen 2026-11-29 with Go 1.26.
#
# Expected: a digest is of one type. Where a manifest does not say its own (`mediaType` is optional in an OCI manifest),
# the type it was first pushed with stays, and pushing the same bytes with another is refused or changes nothing.
# Seen: both pushes are taken (201), and from the second on the same digest is served with the second type, also when it is
# asked for by digest. So what was learnt of a digest by its type holds only until it is pushed again.
#
# Needs Go and its module proxy; loopback only. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
printf 'module ask.test/types\n\ngo 1.25.0\n\nrequire github.com/olareg/olareg v0.2.2\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

const (
	oci    = "application/vnd.oci.image.manifest.v1+json"
	docker = "application/vnd.docker.distribution.manifest.v2+json"
	empty  = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
)

func main() {
	server := httptest.NewServer(olareg.New(config.Config{Storage: config.ConfigStorage{StoreType: config.StoreMem}}))
	defer server.Close()
	app := server.URL + "/v2/acme/app/"
	ask("POST", app+"blobs/uploads/?digest="+empty, "application/octet-stream", "{}")
	manifest := fmt.Sprintf(
		`{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":%q},"layers":[]}`, empty)
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(manifest)))
	for _, mediaType := range []string{oci, docker} {
		pushed := ask("PUT", app+"manifests/v1", mediaType, manifest)
		served := ask("GET", app+"manifests/"+digest, "", "")
		fmt.Println(pushed.StatusCode, served.Header.Get("Content-Type"))
	}
}

func ask(method, url, mediaType, body string) *http.Response {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	request.Header["Accept"] = []string{oci, docker}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	reply.Body.Close()
	return reply
}
GO
go mod tidy >/dev/null 2>&1
seen=$(go run . 2>/dev/null)
printf 'olareg v0.2.2:\n%s\n' "$seen"
[[ $seen == "201 application/vnd.oci.image.manifest.v1+json
201 application/vnd.docker.distribution.manifest.v2+json" ]]
