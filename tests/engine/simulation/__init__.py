"""A world in memory in which the real engine and worker run under every order and fault that a seed can think of."""
