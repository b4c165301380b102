"""All that knows DynamoDB, S3 and Step Functions: the table of reports, the bucket of files, and the workflow.

- `table`: Table, which reads reports and writes every change of them conditionally
- `items`: a report as an item of the table, and back
- `bucket`: Bucket, which stores snapshots, segments and documents, and lets S3 join segments
- `workflow`: Workflow, which starts and stops a report's execution
"""
