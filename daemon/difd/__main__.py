"""`python -m difd`: the daemon, as clients start it."""

from difd.service.main import main

if __name__ == "__main__":
    main()
