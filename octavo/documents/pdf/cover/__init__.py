"""The cover page: its facts, texts and charts. reportlab lays it out, in the document's own fonts."""
