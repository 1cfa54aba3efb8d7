#!/bin/sh
# Makes the passwords and tokens compose.yaml uses: .env and secrets/ beside this script. Existing ones stay.
set -eu
cd "$(dirname "$0")"
umask 077
if [ -e .env ]; then
  echo "deploy/.env is there already; delete it and deploy/secrets for new ones"
  exit 0
fi
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
token=$(random)
password=$(random)
mkdir -p secrets
# The folder is closed to others, the files are not: the container's user has another number than yours.
umask 022
printf 'Bearer %s\n' "$token" >secrets/webhook-authorization
printf 'postgres://lazaret:%s@postgres:5432/lazaret\n' "$password" >secrets/postgres-url
random >secrets/api-token
umask 077
printf 'LAZARET_WEBHOOK_TOKEN=%s\nLAZARET_POSTGRES_PASSWORD=%s\n' "$token" "$password" >.env
echo "wrote deploy/.env and deploy/secrets; the token of the API is in deploy/secrets/api-token"
