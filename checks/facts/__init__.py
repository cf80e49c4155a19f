"""What several rules need to know, each gathered once per tree through ``Context.fact``."""
