"""``python -m bot``: the same as the ``referee`` script."""

from bot.cli import main

if __name__ == "__main__":
    main()
