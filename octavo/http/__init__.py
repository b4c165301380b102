"""The HTTP API: its models, its calls, how a request is read and how it is answered.

- `models`: what requests and answers look like
- `calls`: every route, the function that answers it, and what it answers
- `web`: Api, the resolver that all functions of the API share
- `list_query`: the query of GET /reports, and its cursors
- `strict_json`: read_json, which reads I-JSON of bounded size and depth
- `idempotency`: the Idempotency-Key header
- `openapi`: the OpenAPI document, made from all of these
"""
