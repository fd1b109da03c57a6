"""The process that a proxy started with files runs beside itself.

It reads the files, checks and translates them, and hands the documents over on its standard
output; then it watches the files and does so again. The proxy itself never imports a YAML parser,
and a slow or failing translation never delays a request.

* ``_files``: which files there are, and whether they have changed.
* ``_settling``: when files that are being changed are read.
* ``_watching``: what wakes the process up.
* ``_reading``: files to a translation, or to findings that refuse it.
* ``_protocol``: the lines that go out and come in.
* ``_loop``: all of that together.

Run it as ``python -m pymesh.translate.child PATH…``. The documents hold every audience's part:
which of them concern a workload, its proxy decides, knowing what its gateways ask of it.
"""
