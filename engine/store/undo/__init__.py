"""Takes one import back, whatever came after it, so that the record is as if the file had never come.

A value, an entry or who a person is counts as said last by whom it was said last: by a file that was not taken back, or
by a person. Taking a file back removes what only it said, and gives back what counted without it. What a person typed
stays and is listed; so does what a later file says too, which is that file's from then on. Nothing that was stored is
deleted where it has a history; it ends, as with every correction.
"""
