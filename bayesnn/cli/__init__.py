"""The command line, `bayesnn` or `python -m bayesnn`: one TOML file describes a run, one folder keeps it."""
