"""Pages that a report type draws itself: any PDF, whose pages are imported into the document."""
