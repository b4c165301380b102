"""The cover: what it says, its charts, and how reportlab lays it out in the document's own fonts."""
