"""To other people's formats."""
