"""Whole projects of MLRun: nothing runs unprofiled.

A profile on an object in memory is lost on the way: export, `project.save()`, `sync_functions`, remote and scheduled
workflows make functions anew. So `igz-runtime.yaml` beside project.yaml says which function gets which profile.
"""
