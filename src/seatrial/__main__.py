"""`python -m seatrial` is `seatrial`."""

from seatrial.cli import main

main()
