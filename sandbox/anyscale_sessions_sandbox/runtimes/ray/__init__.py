"""The `ray` runtime: each session is a Ray cluster on this machine.

The process of the sandbox never imports Ray. The programs of a session do, each in a process of its own: `client`,
`hook` and `nodes`. `watch` needs the standard library only.
"""
