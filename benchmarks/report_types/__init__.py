"""Report types that only the benchmarks use. Their sources are generated."""
