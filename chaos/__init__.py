"""The promises under fire: real processes, real servers, real deaths, and an oracle that knows the truth. `python -m chaos`"""
