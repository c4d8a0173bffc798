"""The guard: what leaves the process for MLRun's server is judged before it leaves.

    door ─▶ routes ─▶ requests ─▶ verdict ─▶ refusals
    (the client's one method)  (what a request is)  (what it holds)  (judged)  (raised, also where MLRun swallows it)

`import igz_runtime.projects` and installing a guard load neither MLRun nor the rules: a team's sitecustomize runs at
every start of Python.
"""
