"""Makes a report from local files, without AWS: plan it, render its chunks, assemble the document.

plan        query ─► snapshot ─► Planned                pipeline.plan
render      rows of a chunk ─► Segment                  pipeline.render
assemble    records of the segments ─► Assembly         pipeline.assemble, which loads no database
make        all three steps, in one folder              pipeline.make
"""
