"""Point estimates: maximum likelihood, MAP and SGD, with honest error bars."""
