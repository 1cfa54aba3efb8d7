#!/usr/bin/env bash
# aws-msk-iam-sasl-signer-js 1.0.3 (AWS's own), seen 2026-11-29 with Node 24.
#
# Expected: the presigned URL in the token for Amazon MSK says in `X-Amz-Expires` how many seconds it holds: a whole number,
# 900 or what is left of lent credentials. "Provides the time period, in seconds, for which the generated presigned URL is
# valid … This value is an integer" (docs.aws.amazon.com, Authenticating Requests: Using Query Parameters).
# Seen: with credentials that end in 300.4 s it signs `X-Amz-Expires=300.4`, and `expiryTime` is of the same fraction. Every
# set of lent credentials (a role, an instance, SSO) is in this state during its last 15 minutes.
#
# Needs npm and its registry. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund aws-msk-iam-sasl-signer-js@1.0.3
cat >sign.js <<'JS'
const { generateAuthTokenFromCredentialsProvider: sign } = require('aws-msk-iam-sasl-signer-js');
const keys = { accessKeyId: 'ASIDEXAMPLE', secretAccessKey: 'example', sessionToken: 'lent' };
const at = Date.now();
Date.now = () => at;
const awsCredentialsProvider = async () => ({ ...keys, expiration: new Date(at + 300_400) });
sign({ region: 'eu-central-1', awsCredentialsProvider }).then(({ token }) => {
  const url = new URL(Buffer.from(token, 'base64url').toString());
  console.log(url.searchParams.get('X-Amz-Expires'));
});
JS
seen=$(node sign.js)
echo "X-Amz-Expires=$seen"
[ "$seen" = 300.4 ]
