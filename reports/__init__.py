"""Report types: add one by adding a file here. `flights.py` is the example."""
