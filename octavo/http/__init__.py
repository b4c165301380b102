"""The HTTP API: its models and calls, how requests are read and how they are answered.

- `models`: the bodies of requests and answers
- `calls`: every call, the function that answers it, and what it answers
- `web`: Api, the event handler that all functions of the API share, and `answers`, which registers a call's handler
- `list_query`: the query of GET /reports, and its cursors
- `list_page`: how many reports fit into one answer of GET /reports
- `strict_json`: read_json, which reads I-JSON of bounded size and depth
- `idempotency`: the Idempotency-Key header
- `openapi`: the OpenAPI document, which follows from all of these
"""
