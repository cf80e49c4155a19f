"""A small GitHub that runs on this machine, for the demonstration and for tests; ours, and not GitHub.

It keeps everything in memory, answers the part of GitHub's REST API that a review needs, delivers signed webhooks and
shows web pages. What it lacks it refuses with status 501 and a message that names the missing part; it never makes
up a success. ``README.md`` beside this file lists what it has and where it is known to differ.
"""
