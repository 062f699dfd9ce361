"""`python -m difclient`: the command `difctl`, where it is not on the path."""

from difclient.cli.main import main

if __name__ == "__main__":
    main()
