"""What is asked of a data set of classes, one a file: a function from a Split to the Split that is learnt.

A function is named as its task is in runner/tasks/, `own` as none: so the task is known before torch is imported.
"""
