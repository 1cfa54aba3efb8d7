// Verifies real bundles with sigstore-go, as `test/bench/sigstore-go.ts` asks it to: one turn a line, `BUNDLE TIMES`,
// answered with the CPU one verification took, in ms. Arguments: the folder of bundles and trusted roots, then for each
// bundle its name, its trusted root, and the digest it is about.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

type side struct {
	text     []byte
	verifier *verify.Verifier
	policy   verify.PolicyBuilder
}

func main() {
	folder := os.Args[1]
	verifiers := map[string]*verify.Verifier{}
	sides := map[string]side{}
	for rest := os.Args[2:]; len(rest) >= 3; rest = rest[3:] {
		name, rootName, digest := rest[0], rest[1], rest[2]
		if verifiers[rootName] == nil {
			verifiers[rootName] = newVerifier(filepath.Join(folder, rootName))
		}
		algorithm, value, _ := strings.Cut(digest, ":")
		policy := verify.NewPolicy(verify.WithArtifactDigest(algorithm, must(hex.DecodeString(value))), verify.WithoutIdentitiesUnsafe())
		sides[name] = side{must(os.ReadFile(filepath.Join(folder, name+".json"))), verifiers[rootName], policy}
	}
	turns := bufio.NewScanner(os.Stdin)
	for turns.Scan() {
		var name string
		var times int
		must(fmt.Sscan(turns.Text(), &name, &times))
		before := cpuMs()
		for range times {
			sides[name].verify()
		}
		fmt.Println((cpuMs() - before) / float64(times))
	}
}

// As strict as ours: a certificate in a certificate log, an entry in a log, and a time.
func newVerifier(trustedRoot string) *verify.Verifier {
	material := must(root.NewTrustedRootFromPath(trustedRoot))
	return must(verify.NewVerifier(material,
		verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1)))
}

func (s side) verify() {
	var read bundle.Bundle
	if err := read.UnmarshalJSON(s.text); err != nil {
		panic(err)
	}
	must(s.verifier.Verify(&read, s.policy))
}

// User and system time of the whole process, with its collector.
func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	ms := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e3 + float64(t.Usec)/1e3 }
	return ms(usage.Utime) + ms(usage.Stime)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
