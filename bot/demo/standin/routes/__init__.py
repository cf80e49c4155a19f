"""The endpoints, one file a part of GitHub's API, and the stand-in's own control interface and pages."""
