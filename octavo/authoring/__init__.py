"""The classes that report types are written with, and the catalogue that finds report types by name.

- `report_type`: ReportType, Column, and the sources Parquet, Csv and Json
- `presentation`: Page and Chart
- `parameters`: the types that parameters may have, and how their values reach a query
- `catalogue`: report_types, report_type_named, check_all
"""
