"""What a report is, from the request that asks for it to its end. Nothing here does input or output.

- `report`: Report, Status, Stage, Document, Failure, Position, and the fingerprint of a request
- `submission`: new_report, which turns the values of a request into a report
- `idempotency`: IdempotencyKey, a caller's own name for a request
- `owner`: who a report belongs to, and who may see it
- `manifest`: Manifest and Chunk, the plan of a document
- `failure`: the failures that a report may end with
- `diagnosis`: diagnose, which concludes from a workflow's error why a report failed
- `timestamps`: the text form of times
"""
