"""The best public libraries on the same data as ours, in an environment of their own (`make evaluate-peers`): nothing of them ships."""
