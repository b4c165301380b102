"""The report types. To add one, add a module to this package; `flights.py` is an example."""
