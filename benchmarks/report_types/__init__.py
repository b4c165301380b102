"""Report types for the benchmarks alone; their sources are generated."""
