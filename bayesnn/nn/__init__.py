"""The network: units, layers, the MLP and its backprop."""
