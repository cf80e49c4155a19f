"""The static rung: what can be read off the files, worked out in a child process that may die."""
