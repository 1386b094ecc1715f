"""Implementations of the engine's Protocols on DynamoDB, S3, SQS and model vendors."""
