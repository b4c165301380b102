"""Everything that knows DynamoDB, S3 and Step Functions: the table of reports, the bucket of files, the workflow.

- `transactions`: Table, which reads items and writes them conditionally, and repeats what is refused for the moment
- `patience`: how long a function waits for AWS: timeouts, attempts and tries
- `items`: the keys of the table's items, and how a report is written as one
- `reports`: Reports, which finds reports, records their progress and ends them
- `progress`: which chunks of a report are rendered
- `claims`: Claims, which decides which report answers a request
- `shares`: Shares, which divides the capacity among the reports that are rendered
- `listing`: Listing, the list of an owner's reports
- `running`: Running, the running reports of all callers
- `bucket`: Bucket, which stores snapshots, segments and documents
- `parts`: plan_parts, which plans how S3 joins a document from pieces
- `workflow`: Workflow, which starts and stops a report's execution

    function                     uses
    submit                       Claims, Reports
    status                       Reports, Listing
    manage                       Reports
    plan, admit                  Reports, Shares
    chunk, merge, fail           Reports
    watch                        Reports, Running
"""
