"""A world in memory in which the real step log runs under every order and fault that a seed can think of."""
