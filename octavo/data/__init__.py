"""All that knows DuckDB: the connection to the sources, the snapshot of a report's rows, and SQL as text.

- `database`: connect, a connection that reads only what it is given
- `sources`: what each kind of source needs of a connection, and how it becomes a view
- `query`: checked_query, a report type's query held against the type
- `check`: check and check_all, which try report types on the data without running them
- `snapshot`: take_snapshot, read_rows
- `column_types`: what a column's DuckDB type is, for whatever writes its values
- `failures`: DuckDB's errors, told as Octavo's
- `extensions`: the extensions that ship with the functions, and the secrets they read by
- `sql`: literal and identifier, for code that writes SQL without a database
"""
