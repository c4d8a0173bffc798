"""The rules on files: function files, projects, pipelines, Python and notebooks, read and never executed."""
