#!/usr/bin/env bash
# moto 5.2.5 with boto3 1.44.8 (its ECR), seen 2026-11-29 with Python 3.11.
#
# Expected: PutImage of another image under a tag moves the tag; the image that had it stays, without a tag, as in ECR
# ("Creates or updates the image manifest and tags associated with an image"; only BatchDeleteImage deletes).
# Seen: where it was the image's only tag, the image is gone: DescribeImages and BatchGetImage by its digest no longer
# find it. So moto cannot show what a moved tag leaves behind, such as an image whose quarantine tag was pointed elsewhere.
#
# Needs Python 3.10 with venv, and PyPI; takes half a minute. Exits 1 if that has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check moto==5.2.5 boto3==1.44.8
"$dir/venv/bin/python3" - <<'PY'
import hashlib, json, os, sys
import boto3
from moto import mock_aws

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_EC2_METADATA_DISABLED="true")
MEDIA = "application/vnd.oci.image.manifest.v1+json"


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def manifest(name):
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(name), "size": 2}
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest("layer " + name), "size": 2}
    return json.dumps({"schemaVersion": 2, "mediaType": MEDIA, "config": config, "layers": [layer]})


with mock_aws():
    ecr = boto3.client("ecr", region_name="eu-central-1")
    ecr.create_repository(repositoryName="acme/app")
    for name in ("first", "second"):
        ecr.put_image(
            repositoryName="acme/app",
            imageManifest=manifest(name),
            imageManifestMediaType=MEDIA,
            imageTag="latest",
            imageDigest=digest(manifest(name)),
        )
    left = [image["imageDigest"] for image in ecr.describe_images(repositoryName="acme/app")["imageDetails"]]
    print("left:", left)
    sys.exit(0 if left == [digest(manifest("second"))] else 1)
PY
