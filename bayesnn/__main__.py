"""`python -m bayesnn` is the command `bayesnn`."""

from bayesnn.cli.app import app

if __name__ == "__main__":
    app(prog_name="bayesnn")
