"""A report made from local files, without AWS: plan it, render its chunks, assemble the document.

plan        query ─► snapshot ─► Planned          pipeline.plan
render      rows of a chunk ─► Segment            pipeline.render
assemble    segments' records ─► Assembly         pipeline.assemble: loads no database, as the merge needs none
make        all of it, in a folder                pipeline.make
"""
