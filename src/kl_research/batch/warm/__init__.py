"""Warm kernels: a template process has the heavy imports done, and every kernel is a fork of it.

`template` is the process, `child` what a fork does to become an ordinary kernel, `process` the client's side of
both, `provisioner` what jupyter_client calls. Linux only; anywhere else, and whenever a fork would not be sound,
the ordinary kernel is started and the reason is said.
"""
