"""What a report is, from the request that asks for it to its end. Nothing here does input or output.

- `report`: Report, Status, Stage, Document, Failure, and the fingerprint of a request
- `submission`: new_report, which makes a report from a request
- `owner`: who a report belongs to, and who may see it
- `manifest`: Manifest and Chunk, the plan of a document
- `failure`: diagnose, which says why a report failed
"""
