"""The classes that report types are written with, and the catalogue that finds report types by name.

- `report_type`: ReportType
- `columns`: Column; `column_format` reads its format
- `sources`: Parquet, Csv and Json
- `order`: OrderTerm, a term of `order_by`
- `presentation`: Page and Chart
- `parameters`: the types that parameters may have, and how their values reach a query
- `faults`: what is wrong with a report type, as far as its class alone shows it
- `definition`: the digest that changes when a report type does
- `catalogue`: report_types, report_type_named
- `self_test`: SelfTest, the report type of `octavo doctor`
"""
