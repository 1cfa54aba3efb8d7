# What Lazaret needs in AWS: three policies of least rights, and the events of ECR in a queue. The account and the region
# are those of the provider; ECR has a registry in each region.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

variable "repositories" {
  description = "Which repositories Lazaret reads and writes: a name with `*`."
  type        = string
  default     = "*"
}

variable "name" {
  description = "Prefix of all names."
  type        = string
  default     = "lazaret"
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  place        = "${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}"
  registry     = "arn:${data.aws_partition.here.partition}:ecr:${local.place}:repository/*"
  repositories = "arn:${data.aws_partition.here.partition}:ecr:${local.place}:repository/${var.repositories}"
}

resource "aws_iam_policy" "reader" {
  name = "${var.name}-reader"
  policy = templatefile("${path.module}/policies/reader.json", {
    registry     = local.registry
    repositories = local.repositories
  })
}

# For another role than the reader's: `writeCredentials: { roleArn: … }`.
resource "aws_iam_policy" "writer" {
  name = "${var.name}-writer"
  policy = templatefile("${path.module}/policies/writer.json", {
    registry     = local.registry
    repositories = local.repositories
  })
}

resource "aws_iam_policy" "events" {
  name   = "${var.name}-events"
  policy = templatefile("${path.module}/policies/events.json", { queue = aws_sqs_queue.events.arn })
}

resource "aws_cloudwatch_event_rule" "pushes" {
  name          = "${var.name}-ecr-events"
  event_pattern = file("${path.module}/event-pattern.json")
}

resource "aws_cloudwatch_event_target" "queue" {
  rule = aws_cloudwatch_event_rule.pushes.name
  arn  = aws_sqs_queue.events.arn
}

# Keys of SQS: with one of your own in KMS, events.amazonaws.com needs kms:GenerateDataKey and kms:Decrypt in the key's
# policy, and whoever reads kms:Decrypt; without them EventBridge drops events and says so in its metrics alone.
resource "aws_sqs_queue" "events" {
  name                       = "${var.name}-ecr-events"
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 1209600
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 60
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.unreadable.arn
    maxReceiveCount     = 10
  })
}

resource "aws_sqs_queue" "unreadable" {
  name                      = "${var.name}-ecr-events-unreadable"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_redrive_allow_policy" "unreadable" {
  queue_url = aws_sqs_queue.unreadable.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy = templatefile("${path.module}/policies/queue.json", {
    queue = aws_sqs_queue.events.arn
    rule  = aws_cloudwatch_event_rule.pushes.arn
  })
}

output "queue_url" {
  description = "`queueUrl` of the source of `kind: sqs`."
  value       = aws_sqs_queue.events.url
}

output "policy_arns" {
  description = "To be attached to the roles Lazaret takes on."
  value = {
    reader = aws_iam_policy.reader.arn
    writer = aws_iam_policy.writer.arn
    events = aws_iam_policy.events.arn
  }
}
