"""What reports cost: an estimate from counted requests, measured seconds and list prices. It calls nothing.

- `prices`: the list prices that it assumes, with their sources: one table
- `measured`: the seconds and bytes of reports, measured on a developer's machine
- `usage`: what a report uses of each service, counted from the code and the workflow
- `estimate`: the usage, multiplied by the prices
"""
