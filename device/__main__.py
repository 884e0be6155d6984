"""`python -m device` is `tillside`, for programs that start one another."""

from device.commands import main

main()
