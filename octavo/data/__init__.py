"""All that knows DuckDB: the connection to the sources, the snapshot of a report's rows, and SQL as text.

- `database`: connect, a connection that reads only the paths it is given
- `snapshot`: take_snapshot, read_rows, check
- `column_types`: what a column's DuckDB type is, for whatever writes its values
- `sql`: literal and identifier, for code that writes SQL without a database
"""
