"""NDJSON, compressed with gzip."""

from octavo.documents import ndjson
from octavo.documents.gzip import Gzip

_format = Gzip(ndjson)
plan, write_segment, bind = _format.plan, _format.write_segment, _format.bind
