"""The product on one machine: private servers, a supervisor, and the check that walks through it. `luxebrain` never imports this."""
