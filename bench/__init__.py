"""How fast it is, always against something bare in the same run: a time alone means nothing on a shared machine."""
