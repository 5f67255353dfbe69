"""A mail server that delivers nothing: it keeps what it is given and shows it on a page, as a recipient would see it.

Stands for any SMTP relay (RFC 5321) in the demo and the tests, with knobs for what relays do wrong: refuse a recipient, answer slowly,
take a message and drop the connection before saying so.
"""
