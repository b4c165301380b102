"""The table of reports, and the bucket with their files."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.limits import INCOMPLETE_UPLOAD_DAYS, WORK_RETENTION_DAYS


class Storage(Construct):
    """The storage of reports: `table` and `bucket`, encrypted with `key` or, if it is None, with keys of AWS."""

    def __init__(
        self, scope: Construct, id: str, *, retention_days: int, removal: cdk.RemovalPolicy, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_string("pk"),
            sort_key=_string("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if key else dynamodb.TableEncryption.AWS_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            removal_policy=removal,
        )
        self.table.add_global_secondary_index(
            index_name="by_owner", partition_key=_string("owner"), sort_key=_string("created_at")
        )
        self.table.add_global_secondary_index(
            index_name="running_by_caller",  # contains only RUNNING reports: an item without `running_for` is not in it
            partition_key=_string("running_for"),
            sort_key=_string("deadline"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,  # S3 asks KMS for one key a bucket and while, not for each object
            enforce_ssl=True,
            removal_policy=removal,
            lifecycle_rules=[
                _expiry("work", WORK_RETENTION_DAYS),
                _expiry("snapshots", WORK_RETENTION_DAYS),
                _expiry("documents", retention_days),
                s3.LifecycleRule(
                    id="incomplete-uploads",
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(INCOMPLETE_UPLOAD_DAYS),
                ),
            ],
        )


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _expiry(prefix: str, days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(id=prefix, prefix=f"{prefix}/", expiration=cdk.Duration.days(days))
