"""The commands of ``phenolens``, a file each.

A command's file has ``add_to(commands)``, which describes its arguments, and ``run(arguments)``, which gives the exit
status: 0, or 2 where something could not be done. Answers go to standard output, all else to standard error.
Whatever takes time to import is imported by ``run``: ``phenolens --help`` must not wait for PyTorch.
"""
