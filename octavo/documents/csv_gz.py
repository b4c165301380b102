"""CSV, compressed with gzip."""

from octavo.documents import csv
from octavo.documents.gzip import Gzip

_format = Gzip(csv)
plan, write_segment, bind = _format.plan, _format.write_segment, _format.bind
