"""The text of cells: files and notebooks."""
