"""Pages of the clinical record, a file for each matter."""
