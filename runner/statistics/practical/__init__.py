"""Is a difference large enough to matter?"""
