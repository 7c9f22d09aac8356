"""People, photographs, dolls and walls before a made-up camera, with the truth beside them.

Shares no code with the estimator that is measured with it.
"""
