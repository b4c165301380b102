"""Make a whole document in a folder, in the same way as the deployed functions make it in a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.parameters import decoded
from octavo.authoring.report_type import ReportType
from octavo.documents import Piece
from octavo.formats import FORMATS
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report
from octavo.pipeline.assemble import Assembly, assemble

if TYPE_CHECKING:
    from octavo.pipeline.plan import Planned


@dataclass(frozen=True)
class Workspace:
    """A planned report. Its snapshot, segments and document are files in `folder`."""

    report: Report
    report_type: type[ReportType]
    snapshot: Path
    manifest: Manifest
    folder: Path

    def segment_path(self, number: int) -> Path:
        return self.folder / f"segment-{number:05}"

    @property
    def document_path(self) -> Path:
        return self.folder / f"document.{FORMATS[self.report.format].extension}"

    def render(self, chunk: Chunk) -> Segment:
        """Write the segment of a chunk and return its record, as the merge would read it from JSON."""
        from octavo.pipeline.render import render  # loads DuckDB, which assembling does not need

        path = self.segment_path(chunk.number)
        snapshot = str(self.snapshot)
        segment = render(self.report_type, self.report.format, self.manifest, chunk, snapshot, path)
        return Segment.from_json(segment.to_json())

    def assemble(self, segments: Sequence[Segment]) -> Assembly:
        """Write the pieces of the document to its file, and return what it consists of."""
        assembly = assemble(self.report, self.report_type, self.manifest, segments)
        with self.document_path.open("wb") as file:
            for piece in assembly.pieces:
                file.write(self._bytes(piece))
        return assembly

    def _bytes(self, piece: Piece) -> bytes:
        return self.segment_path(piece.number).read_bytes() if isinstance(piece, Segment) else piece


def workspace(report: Report, report_type: type[ReportType], planned: Planned, folder: Path) -> Workspace:
    """Return the workspace of a planned report. Its manifest is what a chunk would read from JSON."""
    manifest = Manifest.from_json(planned.manifest(planned.snapshot.path.name).to_json())
    return Workspace(report, report_type, planned.snapshot.path, manifest, folder)


def make_document(report: Report, report_type: type[ReportType], data_root: str, folder: Path) -> Path:
    """Make the document of a report from the sources below `data_root`, and return its path in `folder`.

    Raises what `plan`, `render` and `assemble` raise.
    """
    from octavo.pipeline.plan import plan  # loads DuckDB, like render

    planned = plan(report_type, report.format, decoded(report.bound), data_root, folder, report.format_options)
    made = workspace(report, report_type, planned, folder)
    made.assemble([made.render(chunk) for chunk in made.manifest.chunks])
    return made.document_path
