"""Pages that a report type draws itself: any PDF, taken apart and written again as objects of the document."""
