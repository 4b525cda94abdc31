"""The training worker: a child process, the only place with torch. Nothing outside this folder imports from it.

`python -m learning.worker JOB_FOLDER OUT_FOLDER` reads an immutable job and writes a PEFT adapter. It opens no database and no
network, and it stops when its standard input ends.
"""
