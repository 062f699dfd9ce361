"""`python -m difd`: the daemon, as clients start it."""

from difd.service.spawning import start_engine_ahead

if __name__ == "__main__":
    # While the daemon imports what it needs, so does the engine.
    start_engine_ahead()

    from difd.service.main import main

    main()
