"""All the code that knows DuckDB: connections, sources, the snapshot of a report's rows, and SQL.

- `database`: connect, which opens a connection that can read only what it is given
- `sources`: what each kind of source needs, and how it becomes a view
- `query`: checked_query, which checks the query of a report type
- `check`: check and check_all, which check report types on the data without running their queries
- `snapshot`: take_snapshot, read_rows
- `column_types`: ColumnType, the parsed type of a column
- `failures`: converts DuckDB's errors to Octavo's
- `extensions`: DuckDB's extensions, and the secrets that they use
- `sql`: literal and identifier, for code that writes SQL without a database
"""
