"""Whether what is tested was learnt from, and whether something other than the anatomy tells the label.

Nothing here believes what a dataset says of its subjects: near twins are looked for in the pictures themselves.
"""
